import type { RolloutFile, Rollouts } from './folders.ts';
import type { HistoryBase } from './records.ts';

/** A stretch of a session: a file from its start to the byte `end` (exclusive), or whole. */
export interface Stretch<Loaded> {
  readonly file: RolloutFile;
  readonly loaded: Loaded;
  readonly end?: number;
}

/**
 * What a session is made of, oldest first; the last one is its own file. `missing` is the tip of a file that is gone,
 * so that the history begins in the middle; `circle` says that the files name each other.
 */
export interface History<Loaded> {
  readonly stretches: readonly Stretch<Loaded>[];
  readonly missing?: string;
  readonly circle?: boolean;
}

/**
 * Follows `history_base` from a file to the start of its history (Codex 0.169.0: a fork or a rewind holds only what is
 * its own, and points at the bytes before it; the pointer may skip generations).
 */
export async function followHistory<Loaded extends { readonly header?: { readonly base?: HistoryBase } }>(
  rollouts: Rollouts,
  file: RolloutFile,
  load: (file: RolloutFile) => Promise<Loaded>,
): Promise<History<Loaded>> {
  const stretches: Stretch<Loaded>[] = [];
  const seen = new Set<string>();
  let next: { readonly file: RolloutFile; readonly end?: number } | undefined = { file };
  while (next) {
    seen.add(next.file.tip);
    const loaded = await load(next.file);
    stretches.unshift({ ...next, loaded });
    const base = loaded.header?.base;
    if (!base) {
      return { stretches };
    }
    if (seen.has(base.tip)) {
      return { stretches, circle: true };
    }
    const found = rollouts.byTip.get(base.tip);
    if (!found) {
      return { stretches, missing: base.tip };
    }
    next = { file: found, end: base.end };
  }
  return { stretches };
}
