import type { PromptInput } from '../../core/liveAgent.ts';
import type { QueuedPrompt } from '../../protocol.ts';

/** A prompt to send; with `checkpoint` the session is forked right before. */
export interface QueuedInput extends PromptInput {
  readonly checkpoint?: boolean;
}

/** What was prompted and is not sent yet, in order. While it is held nothing is taken from it. */
export class PromptQueue {
  #inputs: readonly QueuedInput[] = [];
  #held = false;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What the page shows of it. */
  get rows(): readonly QueuedPrompt[] {
    return this.#inputs.map(({ text, attachments, checkpoint = false }) => ({
      text,
      attachments: attachments.length,
      checkpoint,
    }));
  }

  get empty(): boolean {
    return this.#inputs.length === 0;
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
    this.#set([...this.#inputs, input]);
  }

  /** Puts a prompt that could not be sent back in front. */
  putBack(input: QueuedInput): void {
    this.#set([input, ...this.#inputs]);
  }

  /** Takes the first prompt out to send it; undefined when there is none or the queue is held. */
  next(): QueuedInput | undefined {
    return this.ready ? this.remove(0) : undefined;
  }

  /** Takes a prompt out; undefined when it has been sent meanwhile. */
  remove(index: number): QueuedInput | undefined {
    const input = this.#inputs[index];
    this.#set(this.#inputs.filter((_, at) => at !== index));
    return input;
  }

  /** Makes a prompt the first one; false when it has been sent meanwhile. */
  moveFirst(index: number): boolean {
    const input = this.#inputs[index];
    if (input) {
      this.#set([input, ...this.#inputs.filter((_, at) => at !== index)]);
    }
    return input !== undefined;
  }

  #set(inputs: readonly QueuedInput[]): void {
    this.#inputs = inputs;
    this.#changed();
  }
}
