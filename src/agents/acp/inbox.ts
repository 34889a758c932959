import type { ConversationObserver, PermissionRequest, SessionOptions } from '../../core/liveAgent.ts';
import { applyOptionsChange, type OptionsState, sessionOptions } from './options.ts';
import type { AcpPermission } from './schema.ts';
import { toLiveToolCall } from './tools.ts';
import { isEmptyText, isOptionsChange, parseUpdate, toLiveUpdate } from './updates.ts';

/**
 * Receives what the agent sends for one session. Messages reach the observer only while a turn runs: an agent that
 * replays history on load or fork is not heard, since history is drawn from the store.
 */
export class Inbox {
  readonly #observer: ConversationObserver;
  readonly #openPermissions = new Set<() => void>();
  #options: OptionsState = { reply: {}, commands: [], images: false };
  #session: string | undefined;
  #asked = 0;
  #turn: 'none' | 'running' | 'cancelled' = 'none';
  #started = false;

  constructor(observer: ConversationObserver) {
    this.#observer = observer;
  }

  get state(): OptionsState {
    return this.#options;
  }

  get turn(): 'none' | 'running' | 'cancelled' {
    return this.#turn;
  }

  options(): SessionOptions {
    return sessionOptions(this.#options);
  }

  /** From now on changed options are told as they come; before, they are merely kept. */
  start(session: string): void {
    this.#session = session;
    this.#started = true;
  }

  setOptions(options: OptionsState): void {
    this.#options = options;
    if (this.#started) {
      this.#observer.update({ kind: 'options', options: this.options() });
    }
  }

  beginTurn(): void {
    this.#turn = 'running';
  }

  endTurn(): void {
    this.#turn = 'none';
    this.cancelPermissions();
  }

  cancelTurn(): void {
    this.#turn = 'cancelled';
    this.cancelPermissions();
  }

  cancelPermissions(): void {
    for (const cancel of [...this.#openPermissions]) {
      cancel();
    }
  }

  update(session: string, raw: unknown): void {
    const update = this.#concerns(session) ? parseUpdate(raw) : undefined;
    if (!update) {
      return;
    }
    if (isOptionsChange(update)) {
      this.setOptions(applyOptionsChange(this.#options, update));
    } else if (this.#turn !== 'none' && !isEmptyText(update)) {
      this.#observer.update(toLiveUpdate(update));
    }
  }

  async permission(request: AcpPermission, signal: AbortSignal): Promise<string | undefined> {
    if (this.#turn !== 'running' || !this.#concerns(request.sessionId) || signal.aborted) {
      return undefined;
    }
    const call = toLiveToolCall(request.toolCall);
    this.#observer.update({ kind: 'tool', call });
    return this.#ask(this.#toRequest(request), signal);
  }

  #toRequest({ toolCall, options }: AcpPermission): PermissionRequest {
    this.#asked += 1;
    return {
      id: `permission-${this.#asked}`,
      call: toLiveToolCall(toolCall),
      options: options.map(({ optionId, name, kind }) => ({ id: optionId, name, kind })),
    };
  }

  async #ask(request: PermissionRequest, signal: AbortSignal): Promise<string | undefined> {
    const cancelled = Promise.withResolvers<'cancelled'>();
    const cancel = () => cancelled.resolve('cancelled');
    this.#openPermissions.add(cancel);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answer = await Promise.race([this.#observer.permission(request), cancelled.promise]);
      return answer === 'cancelled' ? undefined : offered(request, answer.option);
    } finally {
      this.#openPermissions.delete(cancel);
      signal.removeEventListener('abort', cancel);
    }
  }

  #concerns(session: string): boolean {
    return this.#session === undefined || this.#session === session;
  }
}

const offered = (request: PermissionRequest, id: string): string | undefined =>
  request.options.find((option) => option.id === id)?.id;
