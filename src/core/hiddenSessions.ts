import { type SessionInfo, type SessionKey, type SessionRef, sessionKey } from './model.ts';

/** Sessions that stand in no list and of which nobody is told: each under a mark, which stands in its title. */
export class HiddenSessions {
  readonly #marks = new Map<string, Set<SessionKey>>();

  /** From now on sessions with `mark` in their title are hidden, and `session` whatever its title becomes. */
  hide(mark: string, session?: SessionRef): void {
    const keys = this.#marks.get(mark) ?? new Set();
    this.#marks.set(mark, session ? keys.add(sessionKey(session)) : keys);
  }

  show(mark: string): void {
    this.#marks.delete(mark);
  }

  has(info: SessionInfo): boolean {
    return [...this.#marks.keys()].some((mark) => this.isUnder(mark, info));
  }

  isUnder(mark: string, { ref, title }: SessionInfo): boolean {
    const keys = this.#marks.get(mark);
    return keys !== undefined && (title.includes(mark) || keys.has(sessionKey(ref)));
  }
}
