import type { Used } from './fuzz.ts';

/** What a process that runs cases tells, one line each. `peakMb`: the most memory that it held so far, in MB. */
export type Line =
  | { readonly begins: number }
  | ({ readonly ended: number; readonly peakMb: number } & Used)
  | { readonly ended: number; readonly error: string };
