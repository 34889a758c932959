import type { AsideFork } from '../../core/asideForks.ts';
import { applyUpdate, beginTurn, endTurn, type LiveTurn } from '../../core/conversation.ts';
import type {
  Conversation,
  ConversationObserver,
  PermissionAnswer,
  PermissionRequest,
  PromptInput,
  SessionOptions,
} from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import type { Aside } from '../../protocol.ts';
import { goOnAs } from './goOnAs.ts';
import type { Translate } from './words.ts';

/** What a panel lends to the question that is asked beside it. */
export interface SideHost {
  /** Why no agent may be started now, as sentences. */
  blocked(): string | undefined;
  /** Makes the throw-away fork. Throws as the fork service does. */
  makeFork(signal: AbortSignal): Promise<AsideFork>;
  /** Starts the agent on the fork. Throws what `LiveAgent.open` throws. */
  start(session: SessionRef, observer: ConversationObserver, signal: AbortSignal): Promise<Conversation>;
  /** The modes and models that the panel shows: the answer comes with no more rights than these. */
  shown(): SessionOptions | undefined;
  /** What to tell of a failure, as sentences. */
  explain(error: unknown): string;
  /** The fork could not be deleted; a later start does it. */
  left(error: unknown): void;
  changed(): void;
  readonly t: Translate;
}

/**
 * A question asked in a throw-away fork: fork, ask, show, drop. One at a time; what it shows stays until it is closed.
 * The agent answers from what it knows and may read: whatever it must ask permission for is refused.
 */
export class SideQuestion {
  readonly #host: SideHost;
  #aside: Aside | undefined;
  #turn: LiveTurn | undefined;
  #abort = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(host: SideHost) {
    this.#host = host;
  }

  /** What the page draws of it. */
  get shown(): Aside | undefined {
    return this.#aside && { ...this.#aside, answer: answerOf(this.#turn) };
  }

  /** Asks; an earlier question is closed first. */
  ask(input: PromptInput): void {
    void this.close();
    const blocked = this.#host.blocked();
    if (blocked !== undefined) {
      this.#turn = undefined;
      this.#aside = { question: input.text, status: 'failed', answer: '', remark: blocked };
      this.#host.changed();
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.#turn = beginTurn(input, Date.now());
    this.#aside = { question: input.text, status: 'forking', answer: '' };
    this.#host.changed();
    this.#running = this.#running.then(() => this.#run(input, abort.signal));
  }

  /** Takes it off the page. Resolves when its agent has ended and its fork is deleted. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#aside = undefined;
    this.#host.changed();
    await this.#running;
  }

  async #run(input: PromptInput, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      return;
    }
    try {
      const fork = await this.#host.makeFork(signal);
      await this.#askIn(fork, input, signal).finally(() => this.#drop(fork));
      this.#set(signal, { status: 'done' });
    } catch (error) {
      this.#set(signal, { status: 'failed', remark: this.#host.explain(error) });
    }
  }

  async #askIn(fork: AsideFork, input: PromptInput, signal: AbortSignal): Promise<void> {
    this.#set(signal, { status: 'working' });
    const conversation = await this.#host.start(fork.session, this.#observer(signal), signal);
    const close = (): void => void conversation.close();
    signal.addEventListener('abort', close);
    try {
      await fork.carriedOnAs(conversation.session);
      await goOnAs(conversation, this.#host.shown());
      if (!signal.aborted) {
        await conversation.prompt(input);
      }
    } finally {
      signal.removeEventListener('abort', close);
      await conversation.close();
    }
  }

  async #drop(fork: AsideFork): Promise<void> {
    try {
      await fork.drop();
    } catch (error) {
      this.#host.left(error);
    }
  }

  #observer(signal: AbortSignal): ConversationObserver {
    return {
      update: (update) => {
        if (!signal.aborted && this.#turn) {
          this.#turn = applyUpdate(this.#turn, update);
          this.#host.changed();
        }
      },
      permission: async (request) => {
        this.#set(signal, { remark: this.#host.t('What needs your permission is refused on the side.') });
        return refusal(request);
      },
      ended: () => undefined,
    };
  }

  #set(signal: AbortSignal, change: Partial<Aside>): void {
    if (this.#aside && !signal.aborted) {
      const over = change.status === 'done' || change.status === 'failed';
      this.#turn = over && this.#turn ? endTurn(this.#turn) : this.#turn;
      this.#aside = { ...this.#aside, ...change };
      this.#host.changed();
    }
  }
}

function refusal({ options }: PermissionRequest): PermissionAnswer {
  const refuse = options.find(({ kind }) => kind === 'reject_once');
  return refuse ? { option: refuse.id } : 'cancelled';
}

const answerOf = (turn: LiveTurn | undefined): string =>
  (turn?.replies ?? [])
    .flatMap(({ parts }) => parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])))
    .join('\n\n');
