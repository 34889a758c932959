import type { Message, MessageId, SessionId, Transcript } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import { clampRange, pageSize } from './state.ts';

/** How long a session stays in memory as a whole after it was last asked for, in ms. */
const keptMs = 60_000;

/** What a panel has read of its session: the last messages, and for a while all of them when they are asked for. */
export class Reading {
  readonly #store: SessionStore;
  #transcript: Transcript;
  #whole: Promise<readonly Message[]> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: SessionStore, transcript: Transcript) {
    this.#store = store;
    this.#transcript = transcript;
  }

  /** The last messages, as they were read or kept last. */
  get transcript(): Transcript {
    return this.#transcript;
  }

  /** A fresh read of the last messages, which changes nothing here. Throws what the store throws. */
  fresh(): Promise<Transcript> {
    return this.#store.read(this.#id, { last: pageSize });
  }

  keep(transcript: Transcript): void {
    const stamp = this.#transcript.info.file?.stamp;
    if (stamp === undefined || stamp !== transcript.info.file?.stamp) {
      this.drop();
    }
    this.#transcript = transcript;
  }

  /** The stretch from index `from` (from 0) to before `to`, cut to what the session holds and a page may ask for. */
  async range(from: number, to: number): Promise<Pick<Transcript, 'first' | 'messages'>> {
    const range = clampRange(from, to, this.#transcript.total);
    const messages = await this.whole();
    return { first: range.from, messages: messages.slice(range.from, range.to) };
  }

  /** The index of a message (from 0), -1 when it is gone. */
  async indexOf(id: MessageId): Promise<number> {
    const { first, messages } = this.#transcript;
    const near = messages.findIndex((message) => message.id === id);
    return near >= 0 ? first + near : (await this.whole()).findIndex((message) => message.id === id);
  }

  /** All messages, from one read as long as the session does not change. Throws what the store throws. */
  whole(): Promise<readonly Message[]> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.drop(), keptMs);
    this.#timer.unref();
    this.#whole ??= this.#readWhole();
    return this.#whole;
  }

  /** Gives the memory back. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#whole = undefined;
  }

  get #id(): SessionId {
    return this.#transcript.info.ref.id;
  }

  async #readWhole(): Promise<readonly Message[]> {
    try {
      return (await this.#store.read(this.#id)).messages;
    } catch (error) {
      this.drop();
      throw error;
    }
  }
}
