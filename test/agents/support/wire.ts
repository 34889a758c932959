import type { Json, JsonObject } from './json.ts';

export type Wire = 'anthropic' | 'openai-chat' | 'openai-responses' | 'gemini';

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
}

export interface ToolOutcome {
  readonly id: string;
  readonly text: string;
}

/** One message of a request, the same for every wire. Results of tools are messages of the user. */
export interface ConversationMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolUse[];
  readonly toolResults: readonly ToolOutcome[];
}

/** A whole answer of the model, before it is written in a wire's own words. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolUse[];
  readonly tokens: { readonly input: number; readonly output: number };
}

export interface ServerEvent {
  readonly event?: string;
  readonly data: Json;
}

/** All that the stub needs to know of one wire format. */
export interface WireFormat {
  readonly wire: Wire;
  readonly path: RegExp;
  streams(path: string, body: JsonObject): boolean;
  model(path: string, body: JsonObject): string;
  conversation(body: JsonObject): ConversationMessage[];
  rawMessages(body: JsonObject): readonly Json[];
  toolNames(body: JsonObject): string[];
  whole(answer: Answer): JsonObject;
  events(answer: Answer): ServerEvent[];
}

export const emptyMessage = { text: '', thinking: '', toolCalls: [], toolResults: [] } as const;

/** Two pieces, so that a client that keeps only the first one or the last one is found out. */
export function pieces(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}
