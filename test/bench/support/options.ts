import type { ForkCut } from '../../../src/core/store.ts';

/** What a task works on. Paths are those of the generated store. */
export interface Options {
  readonly agent: string;
  readonly folder: string;
  /** The peer's module. */
  readonly module?: string;
  /** The session of fork and read, its file, and where to cut: ours, and the peer's last record. */
  readonly session?: string;
  readonly path?: string;
  /** A line that is added to it. */
  readonly next?: string;
  readonly cut?: ForkCut;
  readonly after?: string;
  /** All transcripts, for the tasks that know nothing of agents. */
  readonly paths?: string;
  /** The folder where earlier lists are kept. */
  readonly lists?: string;
}

export type Work = () => Promise<number | undefined>;
