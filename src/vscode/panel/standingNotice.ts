import { SessionForksError } from '../../core/errors.ts';
import type { Choice } from '../../core/liveAgent.ts';
import { type SignInMethod, SignInMethods } from '../../core/signIn.ts';
import type { Notice } from '../../protocol.ts';
import type { LiveHost } from './liveHost.ts';

/** The one notice that a panel shows, and what it lets the person choose. */
export class StandingNotice {
  readonly #host: LiveHost;
  #notice: Notice | undefined;
  #methods: readonly SignInMethod[] = [];
  #offered: Choice | undefined;

  constructor(host: LiveHost) {
    this.#host = host;
  }

  get notice(): Notice | undefined {
    return this.#notice;
  }

  /** The mode that the notice asks about. */
  get offered(): Choice | undefined {
    return this.#notice && this.#offered;
  }

  /** The way to sign in with this id, of those that the notice shows. */
  method(id: string): SignInMethod | undefined {
    return this.#methods.find((method) => method.id === id);
  }

  show(notice: Notice | undefined): void {
    this.#notice = notice;
    this.#methods = [];
    this.#offered = undefined;
    this.#host.changed('live');
  }

  /** Shows what an agent failed with; a start that the person stopped is no failure. */
  fail(error: unknown): void {
    this.show(codeOf(error) === 'cancelled' ? undefined : this.#host.explain(error));
    const cause = error instanceof SessionForksError ? error.cause : undefined;
    this.#methods = cause instanceof SignInMethods ? cause.methods : [];
  }

  /** Asks whether the session shall run in `from` again. */
  offer(from: Choice, to: Choice): void {
    this.show(this.#host.offerMode(from, to));
    this.#offered = from;
  }
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof SessionForksError ? error.code : undefined;
