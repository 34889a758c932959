import { type Json, type JsonObject, objectOf, objectsOf, textOf, without } from '../json.ts';
import { type Answer, type ConversationMessage, pieces, type ServerEvent, type WireFormat } from '../wire.ts';

const usageOf = ({ tokens }: Answer): JsonObject => ({
  input_tokens: tokens.input,
  output_tokens: tokens.output,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
});

/** A plain string and one text block mean the same; the agents send either, as caching marks come and go. */
const blocksOf = (content: Json | undefined): JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);

const textsOf = (blocks: readonly JsonObject[]): string =>
  blocks
    .filter((block) => block.type === 'text')
    .map((block) => textOf(block.text))
    .join('\n');

const roleOf = (role: Json | undefined): ConversationMessage['role'] =>
  role === 'assistant' || role === 'system' ? role : 'user';

function messageOf(raw: JsonObject): ConversationMessage {
  const blocks = blocksOf(raw.content);
  const ofType = (type: string) => blocks.filter((block) => block.type === type);
  return {
    role: roleOf(raw.role),
    text: textsOf(blocks),
    thinking: ofType('thinking')
      .map((block) => textOf(block.thinking))
      .join('\n'),
    toolCalls: ofType('tool_use').map((block) => ({
      id: textOf(block.id),
      name: textOf(block.name),
      input: objectOf(block.input),
    })),
    toolResults: ofType('tool_result').map((block) => ({
      id: textOf(block.tool_use_id),
      text: textsOf(blocksOf(block.content)),
    })),
  };
}

function contentOf(answer: Answer): JsonObject[] {
  const signature = Buffer.from(answer.id).toString('base64');
  return [
    ...(answer.thinking ? [{ type: 'thinking', thinking: answer.thinking, signature }] : []),
    ...(answer.text ? [{ type: 'text', text: answer.text }] : []),
    ...answer.toolCalls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
  ];
}

const stopReason = (answer: Answer): string => (answer.toolCalls.length > 0 ? 'tool_use' : 'end_turn');

const envelope = (answer: Answer): JsonObject => ({
  id: answer.id,
  type: 'message',
  role: 'assistant',
  model: answer.model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: usageOf(answer),
});

const event = (type: string, data: JsonObject): ServerEvent => ({ event: type, data: { type, ...data } });

function block(index: number, start: JsonObject, deltas: readonly JsonObject[]): ServerEvent[] {
  return [
    event('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ];
}

function blockEvents(content: JsonObject, index: number): ServerEvent[] {
  if (content.type === 'thinking') {
    const deltas = pieces(textOf(content.thinking)).map((thinking) => ({ type: 'thinking_delta', thinking }));
    const signature = { type: 'signature_delta', signature: content.signature };
    return block(index, { type: 'thinking', thinking: '', signature: '' }, [...deltas, signature]);
  }
  if (content.type === 'tool_use') {
    const deltas = pieces(JSON.stringify(content.input)).map((partial_json) => ({
      type: 'input_json_delta',
      partial_json,
    }));
    return block(index, { ...content, input: {} }, deltas);
  }
  const deltas = pieces(textOf(content.text)).map((text) => ({ type: 'text_delta', text }));
  return block(index, { type: 'text', text: '' }, deltas);
}

const toolNames = (body: JsonObject): string[] => objectsOf(body.tools).map((tool) => textOf(tool.name));

const rawMessage = (raw: JsonObject): Json =>
  without({ ...raw, content: blocksOf(raw.content) }, 'cache_control');

export const anthropic: WireFormat = {
  wire: 'anthropic',
  path: /\/v1\/messages$/,
  streams: (_path, body) => body.stream === true,
  model: (_path, body) => textOf(body.model),
  conversation: (body) => objectsOf(body.messages).map(messageOf),
  rawMessages: (body) => objectsOf(body.messages).map(rawMessage),
  toolNames,
  whole: (answer) => ({ ...envelope(answer), content: contentOf(answer), stop_reason: stopReason(answer) }),
  events: (answer) => [
    event('message_start', { message: envelope(answer) }),
    ...contentOf(answer).flatMap(blockEvents),
    event('message_delta', {
      delta: { stop_reason: stopReason(answer), stop_sequence: null },
      usage: usageOf(answer),
    }),
    event('message_stop', {}),
  ],
};
