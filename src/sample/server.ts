import * as acp from '@agentclientprotocol/sdk/unstable';
import { acpStage } from './acpStage.ts';
import { type SampleFormat, tokensOf } from './format.ts';
import { appendTurn, findTranscript, newTranscript, type Transcript, transcripts } from './transcript.ts';
import { playTurn } from './turn.ts';

/** One session that the sample agent has open. */
interface OpenSession {
  /** Stands in for the file while there is none. */
  readonly fresh?: Transcript;
  mode: string;
  turns: number;
  turn?: AbortController;
}

const modes = [
  { id: 'default', name: 'Ask before edits' },
  { id: 'acceptEdits', name: 'Edit automatically' },
  { id: 'plan', name: 'Plan' },
];
const contextSize = 200_000;
/** Each is a prompt as well: its name decides what the turn does. */
const availableCommands: acp.AvailableCommand[] = [
  { name: 'test', description: 'Run the tests' },
  { name: 'edit', description: 'Edit a file, after asking', input: { hint: 'what to change' } },
];

/** The sample agent: carries on the sessions of one format below one home, offline and without a model. */
export class SampleServer {
  readonly #format: SampleFormat;
  readonly #home: string;
  readonly #open = new Map<string, OpenSession>();

  constructor(format: SampleFormat, home: string) {
    this.#format = format;
    this.#home = home;
  }

  /** The agent's side of ACP, to be connected to a stream. */
  app(): acp.AgentApp {
    return acp
      .agent({ name: 'sample-agent' })
      .onRequest('initialize', () => this.#hello())
      .onRequest('session/new', ({ params, client }) => this.#begin(params.cwd, client))
      .onRequest('session/resume', ({ params, client }) => this.#resume(params.sessionId, client))
      .onRequest('session/load', ({ params, client }) => this.#load(params.sessionId, client))
      .onRequest('session/list', () => this.#list())
      .onRequest('session/set_mode', ({ params }) => this.#setMode(params.sessionId, params.modeId))
      .onRequest('session/set_config_option', () => ({ configOptions: this.#configOptions() }))
      .onRequest('session/prompt', ({ params, client }) =>
        this.#prompt(params.sessionId, params.prompt, client),
      )
      .onNotification('session/cancel', ({ params }) => this.#open.get(params.sessionId)?.turn?.abort());
  }

  #hello(): acp.InitializeResponse {
    return {
      protocolVersion: acp.PROTOCOL_VERSION,
      agentInfo: { name: 'session-forks-sample-agent', title: 'Sample agent', version: '1.0.0' },
      agentCapabilities: {
        loadSession: true,
        promptCapabilities: { image: true, embeddedContext: true },
        sessionCapabilities: { list: {}, resume: {} },
      },
      authMethods: [],
    };
  }

  #begin(cwd: string, client: acp.AgentContext): acp.NewSessionResponse {
    const fresh = newTranscript(this.#format, this.#home, cwd);
    this.#open.set(fresh.session, { fresh, mode: 'default', turns: 0 });
    this.#tellCommands(fresh.session, client);
    return { sessionId: fresh.session, ...this.#choices('default') };
  }

  async #resume(session: string, client: acp.AgentContext): Promise<acp.ResumeSessionResponse> {
    await this.#stored(session);
    this.#open.set(session, { mode: 'default', turns: 0 });
    this.#tellCommands(session, client);
    return this.#choices('default');
  }

  async #load(session: string, client: acp.AgentContext): Promise<acp.LoadSessionResponse> {
    const { facts } = await this.#stored(session);
    const reply = await this.#resume(session, client);
    for (const { role, text } of facts.texts) {
      const sessionUpdate = role === 'user' ? 'user_message_chunk' : 'agent_message_chunk';
      const update = { sessionUpdate, content: { type: 'text' as const, text } } as const;
      await client.notify('session/update', { sessionId: session, update });
    }
    return reply;
  }

  async #list(): Promise<acp.ListSessionsResponse> {
    const all = await transcripts(this.#format, this.#home);
    return {
      sessions: all.map(({ session, facts, updated }) => ({
        sessionId: session,
        cwd: facts.cwd,
        title: facts.title,
        updatedAt: new Date(updated).toISOString(),
      })),
    };
  }

  #setMode(session: string, mode: string): acp.SetSessionModeResponse {
    const open = this.#opened(session);
    if (!modes.some(({ id }) => id === mode)) {
      throw acp.RequestError.invalidParams({ mode });
    }
    open.mode = mode;
    return {};
  }

  async #prompt(
    session: string,
    prompt: readonly acp.ContentBlock[],
    client: acp.AgentContext,
  ): Promise<acp.PromptResponse> {
    const open = this.#opened(session);
    const turn = new AbortController();
    open.turn = turn;
    open.turns += 1;
    const began = Date.now();
    const { cwd } = (await this.#current(session, open)).facts;
    const images = prompt.filter(({ type }) => type === 'image').length;
    const place = { client, session, cwd, mode: open.mode, images, signal: turn.signal, turn: open.turns };
    const { messages, stopped } = await playTurn(promptText(prompt), acpStage(place));
    const transcript = await this.#current(session, open);
    await appendTurn(this.#format, transcript, messages, began);
    delete open.turn;
    await this.#tellUsage(session, transcript.size, client);
    return { stopReason: stopped ? 'cancelled' : 'end_turn', usage: usageOf(JSON.stringify(messages)) };
  }

  // As agents do, once the session is there: a client may know it by the answer only.
  #tellCommands(sessionId: string, client: acp.AgentContext): void {
    const update = { sessionUpdate: 'available_commands_update', availableCommands } as const;
    setImmediate(() => void client.notify('session/update', { sessionId, update }));
  }

  async #tellUsage(session: string, bytes: number, client: acp.AgentContext): Promise<void> {
    const used = Math.min(contextSize, 12_000 + Math.round(bytes / 4));
    await client.notify('session/update', {
      sessionId: session,
      update: { sessionUpdate: 'usage_update', used, size: contextSize },
    });
  }

  /** The file as it is now: another program may have changed it since the last turn. */
  async #current(session: string, open: OpenSession): Promise<Transcript> {
    return (await findTranscript(this.#format, this.#home, session)) ?? open.fresh ?? notFound(session);
  }

  async #stored(session: string): Promise<Transcript> {
    return (await findTranscript(this.#format, this.#home, session)) ?? notFound(session);
  }

  #opened(session: string): OpenSession {
    return this.#open.get(session) ?? notFound(session);
  }

  #choices(mode: string): Pick<acp.NewSessionResponse, 'modes' | 'configOptions'> {
    return {
      modes: { currentModeId: mode, availableModes: modes },
      configOptions: this.#configOptions(),
    };
  }

  #configOptions(): acp.SessionConfigOption[] {
    const { id, name } = this.#format.model;
    return [
      {
        id: 'model',
        name: 'Model',
        category: 'model',
        type: 'select',
        currentValue: id,
        options: [{ value: id, name }],
      },
    ];
  }
}

function notFound(session: string): never {
  throw acp.RequestError.sessionNotFound(session);
}

function promptText(blocks: readonly acp.ContentBlock[]): string {
  return blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
}

function usageOf(text: string): acp.Usage {
  const outputTokens = tokensOf(text);
  return { inputTokens: 18_200, outputTokens, totalTokens: 18_200 + outputTokens, cachedReadTokens: 17_000 };
}
