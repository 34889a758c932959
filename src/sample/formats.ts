import { claudeCode } from './claudeCode.ts';
import type { SampleFormat } from './format.ts';
import type { SampleAgent } from './notation.ts';
import { qwenCode } from './qwenCode.ts';

/** THE list of agents that samples are written for. */
export const sampleFormats: Readonly<Record<SampleAgent, SampleFormat>> = {
  'claude-code': claudeCode,
  'qwen-code': qwenCode,
};
