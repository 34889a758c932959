import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, type JsonObject, listOf, objectOf, objectsOf, parseObject, textOf } from './json.ts';
import { builtInReply, type StubReply, typed } from './script.ts';
import type { Answer, ConversationMessage, Wire, WireFormat } from './wire.ts';
import { anthropic } from './wires/anthropic.ts';
import { gemini } from './wires/gemini.ts';
import { openaiChat } from './wires/openaiChat.ts';
import { openaiResponses } from './wires/openaiResponses.ts';

export type { StubReply } from './script.ts';
export type { ConversationMessage, ToolOutcome, ToolUse, Wire } from './wire.ts';

/** One request for an answer of the model, as it came over the wire. */
export interface ModelRequest {
  readonly wire: Wire;
  readonly path: string;
  readonly body: JsonObject;
  readonly at: number;
}

/** `main` carries the person's conversation, `summary` asks to compact it, `side` is housekeeping of the agent. */
export type RequestKind = 'main' | 'summary' | 'side';

export interface StubModel extends AsyncDisposable {
  /** Without a path; the OpenAI wires live below `/v1`, as agents expect. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Requests that no wire knows, as `METHOD /path`, for a test that wonders why nothing came. */
  readonly strays: readonly string[];
  /** May be set anew between turns. */
  respond: (request: ModelRequest) => StubReply | Promise<StubReply>;
  mainRequests(): ModelRequest[];
  clear(): void;
}

const formats: Record<Wire, WireFormat> = {
  anthropic,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
};

export const conversationOf = ({ wire, body }: ModelRequest): ConversationMessage[] =>
  formats[wire].conversation(body);

/** What people read of a conversation: prompts and replies in words, without tools and the agent's own context. */
export function spokenOf(request: ModelRequest): ConversationMessage[] {
  const spoken = conversationOf(request).filter(({ role }) => role !== 'system');
  return spoken
    .map((message) => ({ ...message, text: message.role === 'user' ? typed(message.text) : message.text }))
    .filter(({ text }) => text !== '');
}

/** Each message as JSON text without caching marks: equal texts mean that the model got equal messages. */
export const rawMessagesOf = ({ wire, body }: ModelRequest): string[] =>
  formats[wire].rawMessages(body).map((message) => JSON.stringify(message));

const isOwnContext = (part: Json): boolean => {
  const text = textOf(objectOf(part).text);
  return text !== '' && typed(text) === '';
};

const partsKept = (parts: Json | undefined): Json => listOf(parts).filter((part) => !isOwnContext(part));

/** A message of the person or the model without parts that are the agent's own context; else nothing. */
function written(raw: JsonObject): JsonObject[] {
  if (raw.role === 'system' || raw.role === 'developer') return [];
  if (typeof raw.content === 'string') return isOwnContext({ text: raw.content }) ? [] : [raw];
  const key = ['content', 'parts'].find((name) => Array.isArray(raw[name]));
  if (!key) return [raw];
  const kept = partsKept(raw[key]);
  return listOf(kept).length > 0 ? [{ ...raw, [key]: kept }] : [];
}

/**
 * As `rawMessagesOf`, without the agent's own context: dates, folders and lists of tools that an agent tells
 * anew in each run and does not store.
 */
export const writtenMessagesOf = ({ wire, body }: ModelRequest): string[] =>
  objectsOf(formats[wire].rawMessages(body))
    .flatMap(written)
    .map((message) => JSON.stringify(message));

export const toolNamesOf = ({ wire, body }: ModelRequest): string[] => formats[wire].toolNames(body);

const summaryPrompts =
  /create a detailed summary|summar(y|ize|ise) (of )?(the|this|our) (conversation|chat|session)|<state_snapshot>|CONTEXT CHECKPOINT|compact(ing)? the (conversation|history)/i;

/** Asked behind the person's back, with the whole conversation and its tools before it. */
const sidePrompts = /ONLY the suggestion|Managed memory has/i;

/** Housekeeping comes without tools or says what it is in its last message. */
export function kindOf(request: ModelRequest): RequestKind {
  const words = conversationOf(request).at(-1)?.text ?? '';
  if (summaryPrompts.test(words)) return 'summary';
  if (sidePrompts.test(words)) return 'side';
  return toolNamesOf(request).length > 0 ? 'main' : 'side';
}

export const defaultReply = (request: ModelRequest): StubReply =>
  kindOf(request) === 'main'
    ? builtInReply(conversationOf(request), toolNamesOf(request))
    : kindOf(request) === 'summary'
      ? { text: '<state_snapshot><summary>Summary of the stub.</summary></state_snapshot>' }
      : { text: 'Stub title' };

/** Keeps the model from answering until it is released, so that a turn runs for as long as a test wants. */
export function held(stub: StubModel): { release(): void } {
  const released = Promise.withResolvers<void>();
  stub.respond = async (request) => {
    await released.promise;
    return defaultReply(request);
  };
  return {
    release: () => {
      stub.respond = defaultReply;
      released.resolve();
    },
  };
}

const modelIds = ['stub-model', 'claude-sonnet-4-5', 'gpt-5', 'gemini-2.5-pro'];

/** One list that every wire can read. */
const modelList: JsonObject = {
  object: 'list',
  has_more: false,
  data: modelIds.map((id) => ({ id, object: 'model', type: 'model', display_name: id, created: 0 })),
  models: modelIds.map((id) => ({ name: `models/${id}`, displayName: id })),
};

const tokenCount: JsonObject = { input_tokens: 10, totalTokens: 10 };

function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sendEvents(response: ServerResponse, format: WireFormat, answer: Answer): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const { event, data } of format.events(answer)) {
    const payload = data === '[DONE]' ? data : JSON.stringify(data);
    response.write(`${event ? `event: ${event}\n` : ''}data: ${payload}\n\n`);
  }
  response.end();
}

/** Believable figures: an agent may refuse to compact a conversation that it was told is small. */
const tokensOf = (value: Json): number => Math.ceil(JSON.stringify(value).length / 4);

/** Ids are random: agents join the pieces of one answer by its id, also across two stub servers. */
function answerOf(reply: StubReply, format: WireFormat, { path, body }: ModelRequest): Answer {
  const id = () => randomUUID().replaceAll('-', '');
  const callId = format.wire === 'anthropic' ? 'toolu_' : 'call_';
  return {
    id: `${format.wire === 'anthropic' ? 'msg_' : 'stub_'}${id()}`,
    model: format.model(path, body),
    text: reply.text ?? '',
    thinking: reply.thinking ?? '',
    toolCalls: (reply.toolCalls ?? []).map((call) => ({ ...call, id: `${callId}${id().slice(0, 24)}` })),
    tokens: { input: tokensOf(body), output: tokensOf(reply.text ?? '') },
  };
}

async function answer(
  response: ServerResponse,
  format: WireFormat,
  request: ModelRequest,
  reply: StubReply,
): Promise<void> {
  if (reply.delayMs) await sleep(reply.delayMs);
  if (response.destroyed) return;
  if (reply.error) return sendJson(response, reply.error.status, reply.error.body);
  const spoken = answerOf(reply, format, request);
  if (format.streams(request.path, request.body)) return sendEvents(response, format, spoken);
  sendJson(response, 200, format.whole(spoken));
}

const pathOf = (incoming: IncomingMessage): string =>
  new URL(incoming.url ?? '/', 'http://127.0.0.1').pathname;

/** A stand-in for every model service the agents know, on loopback. Logs each request for an answer. */
export async function startStubModel(): Promise<StubModel> {
  const requests: ModelRequest[] = [];
  const strays: string[] = [];

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(incoming);
    const body = await readText(incoming);
    const format = Object.values(formats).find((candidate) => candidate.path.test(path));
    if (incoming.method === 'POST' && format) {
      const request = { wire: format.wire, path, body: parseObject(body), at: Date.now() };
      requests.push(request);
      return answer(response, format, request, await stub.respond(request));
    }
    if (/\/models$/.test(path)) return sendJson(response, 200, modelList);
    if (/count_?tokens$/i.test(path)) return sendJson(response, 200, tokenCount);
    strays.push(`${incoming.method} ${path}`);
    sendJson(response, 404, { error: { message: `The stub does not know ${path}` } });
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      strays.push(`${incoming.method} ${incoming.url}: ${error}`);
      if (!response.headersSent) sendJson(response, 500, { error: { message: String(error) } });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const stub: StubModel = {
    url: `http://127.0.0.1:${port}`,
    requests,
    strays,
    respond: defaultReply,
    mainRequests: () => requests.filter((request) => kindOf(request) === 'main'),
    clear: () => {
      requests.length = 0;
      strays.length = 0;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return stub;
}
