import { type Json, type JsonObject, objectOf, objectsOf, parseObject, textOf } from './json.ts';
import { typed } from './script.ts';

/** A request's messages on both sides of the prompt that it asks. */
export interface Split {
  /** All that the model was told before the prompt, as JSON texts. */
  readonly prefix: readonly string[];
  /** What came with or after the prompt, other than the agent's own context. */
  readonly rest: readonly string[];
}

const blocksOf = (content: Json | undefined): readonly JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);

const isPrompt = (block: JsonObject, prompt: string): boolean => typed(textOf(block.text)) === prompt;

const isOwnContext = (block: JsonObject): boolean =>
  block.type === 'text' && typed(textOf(block.text)) === '';

/** The agents put results of tools and the prompt that follows into one message: the part before the prompt. */
function partOf(message: JsonObject, blocks: readonly JsonObject[]): readonly string[] {
  return blocks.length === 0 ? [] : [JSON.stringify({ ...message, content: blocks })];
}

/**
 * Splits `messages` (JSON texts, in order) at the last message of the person that says `prompt`. Nothing is left out
 * of the prefix; only a message that holds the prompt too is divided. Throws when nobody asks `prompt`.
 */
export function splitAt(messages: readonly string[], prompt: string): Split {
  const parsed = messages.map(parseObject);
  const at = parsed.findLastIndex(
    ({ role, content }) => role === 'user' && blocksOf(content).some((block) => isPrompt(block, prompt)),
  );
  const message = objectOf(parsed[at]);
  if (at === -1) throw new Error(`The model was not asked: ${JSON.stringify(prompt)}`);
  const blocks = blocksOf(message.content);
  const block = blocks.findLastIndex((candidate) => isPrompt(candidate, prompt));
  const behind = parsed.slice(at + 1).filter(({ role }) => role !== 'system');
  return {
    prefix: [...messages.slice(0, at), ...partOf(message, blocks.slice(0, block))],
    rest: [
      ...partOf(
        message,
        blocks.slice(block + 1).filter((other) => !isOwnContext(other)),
      ),
      ...behind.map((other) => JSON.stringify(other)),
    ],
  };
}
