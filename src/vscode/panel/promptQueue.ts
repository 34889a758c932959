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
  /** It is not sent before the person says so. */
  readonly waits: boolean;
}

/** What was prompted and is not sent yet: first what is sent next, in order, then what waits for the person. */
export class PromptQueue {
  #entries: readonly Entry[];
  #count = 0;
  readonly #changed: () => void;

  /** What was `kept` from an earlier window waits. */
  constructor(kept: readonly QueuedInput[], changed: () => void) {
    this.#entries = kept.map((input) => this.#entryOf(input, true));
    this.#changed = changed;
  }

  get inputs(): readonly QueuedInput[] {
    return this.#entries.map(({ input }) => input);
  }

  /** What the page shows of it. */
  get rows(): readonly QueuedPrompt[] {
    return this.#entries.map(({ number, input: { text, attachments, checkpoint = false }, waits }) => ({
      number,
      text,
      attachments: attachments.length,
      checkpoint,
      waits,
    }));
  }

  /** There is a prompt to send now. */
  get ready(): boolean {
    return this.#entries.some(({ waits }) => !waits);
  }

  /** Lets all that is queued wait for the person. */
  hold(): void {
    this.#setWaits(true);
  }

  /** Sends all that waits. */
  release(): void {
    this.#setWaits(false);
  }

  add(input: QueuedInput): void {
    this.#insert(this.#entryOf(input, false));
  }

  /** Lets a prompt that could not be sent wait before all others that do. */
  putBack(input: QueuedInput): void {
    this.#insert(this.#entryOf(input, true));
  }

  /** Takes the first prompt out to send it; undefined when none is to be sent now. */
  next(): QueuedInput | undefined {
    const first = this.#entries.find(({ waits }) => !waits);
    return first && this.remove(first.number);
  }

  /** Takes a prompt out; undefined when it has been sent meanwhile. */
  remove(number: number): QueuedInput | undefined {
    const entry = this.#find(number);
    this.#set(this.#without(number));
    return entry?.input;
  }

  /** Makes a prompt the next one to be sent, also one that waits; false when it has been sent meanwhile. */
  moveFirst(number: number): boolean {
    const entry = this.#find(number);
    if (entry) {
      this.#set([{ ...entry, waits: false }, ...this.#without(number)]);
    }
    return entry !== undefined;
  }

  #entryOf(input: QueuedInput, waits: boolean): Entry {
    return { number: ++this.#count, input, waits };
  }

  #find(number: number): Entry | undefined {
    return this.#entries.find((entry) => entry.number === number);
  }

  #without(number: number): readonly Entry[] {
    return this.#entries.filter((entry) => entry.number !== number);
  }

  #insert(entry: Entry): void {
    const sent = this.#entries.filter(({ waits }) => !waits);
    this.#set([...sent, entry, ...this.#entries.slice(sent.length)]);
  }

  #setWaits(waits: boolean): void {
    if (this.#entries.some((entry) => entry.waits !== waits)) {
      this.#set(this.#entries.map((entry) => ({ ...entry, waits })));
    }
  }

  #set(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#changed();
  }
}
