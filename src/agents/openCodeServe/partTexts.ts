import type { Part } from './schema.ts';

/** Pieces of text by their part. A part is told whole at its end, so that nothing is missing and nothing is told twice. */
export class PartTexts {
  readonly #parts = new Map<string, { readonly kind: 'text' | 'reasoning'; told: string }>();

  /** What is new in a part that was told whole. */
  whole({ id, type, text }: Extract<Part, { text: string }>): object | undefined {
    const part = this.#parts.get(id) ?? { kind: type, told: '' };
    this.#parts.set(id, part);
    return text.startsWith(part.told) ? this.piece(id, text.slice(part.told.length)) : undefined;
  }

  piece(id: string, text: string): object | undefined {
    const part = this.#parts.get(id);
    if (!part || text === '') {
      return undefined;
    }
    part.told += text;
    const sessionUpdate = part.kind === 'text' ? 'agent_message_chunk' : 'agent_thought_chunk';
    return { sessionUpdate, content: { type: 'text', text } };
  }
}
