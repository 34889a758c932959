import type { PromptInput } from '../../core/liveAgent.ts';
import type { QueuedPrompt } from '../../protocol.ts';

/** A prompt to send; with `checkpoint` the session is forked right before. */
export interface QueuedInput extends PromptInput {
  readonly checkpoint?: boolean;
}

/** A prompt in the queue; by its number it is meant whatever has been sent before it. */
interface Entry {
  readonly number: number;
  readonly input: QueuedInput;
}

/** What was prompted and is not sent yet, in order. While it is held nothing is taken from it. */
export class PromptQueue {
  #entries: readonly Entry[] = [];
  #count = 0;
  #held = false;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What the page shows of it. */
  get rows(): readonly QueuedPrompt[] {
    return this.#entries.map(({ number, input: { text, attachments, checkpoint = false } }) => ({
      number,
      text,
      attachments: attachments.length,
      checkpoint,
    }));
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** There is a prompt to send now. */
  get ready(): boolean {
    return !this.#held && !this.empty;
  }

  /** Keeps what is queued until the person goes on. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
  }

  add(input: QueuedInput): void {
    this.#set([...this.#entries, this.#entryOf(input)]);
  }

  /** Puts a prompt that could not be sent back in front. */
  putBack(input: QueuedInput): void {
    this.#set([this.#entryOf(input), ...this.#entries]);
  }

  /** Takes the first prompt out to send it; undefined when there is none or the queue is held. */
  next(): QueuedInput | undefined {
    const [first] = this.#entries;
    return first && this.ready ? this.remove(first.number) : undefined;
  }

  /** Takes a prompt out; undefined when it has been sent meanwhile. */
  remove(number: number): QueuedInput | undefined {
    const entry = this.#find(number);
    this.#set(this.#without(number));
    return entry?.input;
  }

  /** Makes a prompt the first one; false when it has been sent meanwhile. */
  moveFirst(number: number): boolean {
    const entry = this.#find(number);
    if (entry) {
      this.#set([entry, ...this.#without(number)]);
    }
    return entry !== undefined;
  }

  #entryOf(input: QueuedInput): Entry {
    return { number: ++this.#count, input };
  }

  #find(number: number): Entry | undefined {
    return this.#entries.find((entry) => entry.number === number);
  }

  #without(number: number): readonly Entry[] {
    return this.#entries.filter((entry) => entry.number !== number);
  }

  #set(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#changed();
  }
}
