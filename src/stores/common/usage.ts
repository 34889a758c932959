import type { Reply, TokenUsage } from '../../core/model.ts';
import { numberOf, textOf } from './fields.ts';

/** The tokens of a reply as an agent's record tells them: numbers, or anything else where it tells none. */
export interface ToldUsage {
  readonly input: unknown;
  readonly output: unknown;
  readonly cacheRead: unknown;
}

/** The usage, when both the input and the output are told. */
export function wholeUsage(told: ToldUsage): TokenUsage | undefined {
  const input = numberOf(told.input);
  const output = numberOf(told.output);
  return input === undefined || output === undefined ? undefined : { input, output, ...cacheReadOf(told) };
}

/** The usage, when the input or the output is told; the other one counts 0. */
export function partialUsage(told: ToldUsage): TokenUsage | undefined {
  const input = numberOf(told.input);
  const output = numberOf(told.output);
  return input === undefined && output === undefined
    ? undefined
    : { input: input ?? 0, output: output ?? 0, ...cacheReadOf(told) };
}

function cacheReadOf(told: ToldUsage): Pick<TokenUsage, 'cacheRead'> {
  const cacheRead = numberOf(told.cacheRead);
  return cacheRead === undefined ? {} : { cacheRead };
}

/** What a reply says of its model; an empty name is none. */
export function modelAndUsage(model: unknown, usage: TokenUsage | undefined): Pick<Reply, 'model' | 'usage'> {
  const name = textOf(model);
  return { ...(name ? { model: name } : {}), ...(usage ? { usage } : {}) };
}
