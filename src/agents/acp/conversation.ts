import { SessionForksError } from '../../core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  PromptInput,
  SessionOptions,
  TurnEnd,
} from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import { endedError, isSessionNotFound } from './failure.ts';
import type { Inbox } from './inbox.ts';
import type { Link } from './link.ts';
import {
  modelSetter,
  modeSetter,
  modeToLowerTo,
  type Setter,
  withConfig,
  withMode,
  withModel,
} from './options.ts';
import { promptBlocks } from './promptBlocks.ts';
import {
  type AgentFacts,
  configOptionsSchema,
  type PromptReply,
  promptReplySchema,
  type SessionReply,
} from './schema.ts';
import { type OpenSession, openSession, type SessionToOpen } from './start.ts';
import { toTokens, toTurnEnd } from './updates.ts';

/** How long an agent may take to change its mode or model, in ms. */
const settingMs = 30_000;

/** Everything a conversation is made of. */
export interface ConversationParts {
  readonly name: string;
  readonly session: SessionToOpen;
  readonly observer: ConversationObserver;
  readonly link: Link;
  readonly inbox: Inbox;
  readonly facts: AgentFacts;
  readonly opened: OpenSession;
}

/** One session that one agent process carries on over ACP. */
export class AcpConversation implements Conversation {
  readonly session: SessionRef;
  readonly #parts: ConversationParts;
  #prompted = false;
  #closing = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.session = { agent: parts.session.agent, id: parts.opened.id };
    parts.inbox.setOptions({
      ...parts.inbox.state,
      reply: parts.opened.reply,
      images: parts.facts.agentCapabilities.promptCapabilities.image,
    });
  }

  /** Lowers a bypass that the agent came up with, then lets the observer hear. Nothing was sent before. */
  async start(): Promise<void> {
    await this.#lowerMode(this.#reply);
    this.#parts.inbox.start(this.session.id);
    void this.#parts.link.gone.then((exit) => {
      this.#parts.inbox.cancelPermissions();
      this.#parts.observer.ended(this.#closing ? undefined : endedError(this.#parts.name, exit));
    });
  }

  options(): SessionOptions {
    return this.#parts.inbox.options();
  }

  async prompt(input: PromptInput): Promise<TurnEnd> {
    const { inbox, facts, name, observer } = this.#parts;
    if (inbox.turn !== 'none') {
      throw new SessionForksError('busy', `${name} is still working on the last prompt.`);
    }
    const blocks = promptBlocks(input, facts.agentCapabilities.promptCapabilities, name);
    inbox.beginTurn();
    try {
      const reply = await this.#sendOnceOrAgain(blocks);
      const usage = toTokens(reply);
      if (usage) {
        observer.update({ kind: 'tokens', usage });
      }
      return toTurnEnd(reply);
    } catch (error) {
      return this.#turnFailed(error);
    } finally {
      inbox.endTurn();
    }
  }

  async cancel(): Promise<void> {
    const { inbox, link } = this.#parts;
    if (inbox.turn === 'running') {
      inbox.cancelTurn();
      await link.notify('session/cancel', { sessionId: this.session.id });
    }
  }

  async setMode(id: string): Promise<void> {
    const reply = await this.#set(modeSetter(this.#reply), id);
    this.#keep(withMode(reply, id));
  }

  async setModel(id: string): Promise<void> {
    const reply = await this.#set(modelSetter(this.#reply), id);
    this.#keep(withModel(reply, id));
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#parts.inbox.cancelPermissions();
    await this.#parts.link.end();
  }

  get #reply(): SessionReply {
    return this.#parts.inbox.state.reply;
  }

  #keep(reply: SessionReply): void {
    this.#parts.inbox.setOptions({ ...this.#parts.inbox.state, reply });
  }

  /** A fork may be known to the agent only once it was opened again: the first prompt gets a second try. */
  async #sendOnceOrAgain(prompt: readonly unknown[]): Promise<PromptReply> {
    const first = !this.#prompted;
    this.#prompted = true;
    try {
      return await this.#send(prompt);
    } catch (error) {
      if (!first || !isSessionNotFound(error) || this.#parts.inbox.turn !== 'running') {
        throw error;
      }
      await this.#openAgain();
      return this.#send(prompt);
    }
  }

  async #send(prompt: readonly unknown[]): Promise<PromptReply> {
    const reply = await this.#parts.link.request('session/prompt', { sessionId: this.session.id, prompt });
    return promptReplySchema.parse(reply);
  }

  async #openAgain(): Promise<void> {
    const { link, facts, session, name, inbox } = this.#parts;
    inbox.endTurn();
    const { reply } = await openSession(link, facts, { ...session, id: this.session.id }, name);
    this.#keep(reply);
    await this.#lowerMode(reply);
    inbox.beginTurn();
  }

  async #lowerMode(reply: SessionReply): Promise<void> {
    const lowered = modeToLowerTo(reply);
    if (lowered) {
      await this.setMode(lowered.to.id);
      this.#parts.observer.update({ kind: 'lowered', ...lowered });
    }
  }

  /** Agents may answer a stopped prompt with an error of their own. */
  #turnFailed(error: unknown): TurnEnd {
    if (this.#closing) {
      throw new SessionForksError('cancelled', `${this.#parts.name} was closed.`, error);
    }
    if (this.#parts.inbox.turn === 'cancelled' && !(error instanceof SessionForksError)) {
      return 'stopped';
    }
    throw error;
  }

  async #set(setter: Setter | undefined, value: string): Promise<SessionReply> {
    const { link, name } = this.#parts;
    if (!setter) {
      throw new SessionForksError('not_supported', `${name} does not offer this choice.`);
    }
    const { method, params } = settingRequest(setter, value);
    const answer = await link.request(method, { sessionId: this.session.id, ...params }, { ms: settingMs });
    const configOptions = configOptionsOf(answer);
    return configOptions ? withConfig(this.#reply, configOptions) : this.#reply;
  }
}

function settingRequest(setter: Setter, value: string): { readonly method: string; readonly params: object } {
  switch (setter.kind) {
    case 'mode':
      return { method: 'session/set_mode', params: { modeId: value } };
    case 'model':
      return { method: 'session/set_model', params: { modelId: value } };
    case 'config':
      return { method: 'session/set_config_option', params: { configId: setter.id, value } };
  }
}

function configOptionsOf(answer: unknown): SessionReply['configOptions'] {
  const options: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'configOptions') : undefined;
  return configOptionsSchema.safeParse(options).data;
}
