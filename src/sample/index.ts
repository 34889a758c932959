import type { SampleAgent } from './notation.ts';

export { installSamples, type SampleOptions } from './install.ts';
export type { SampleAgent } from './notation.ts';

/** The arguments with which dist/sampleAgent.js carries on the samples of one format below `home`. */
export const sampleAgentArguments = (format: SampleAgent, home: string): readonly string[] => [
  '--format',
  format,
  '--home',
  home,
];
