import { hasCode } from '../common/publish.ts';
import type { RolloutFile, Rollouts } from './folders.ts';
import { followHistory } from './history.ts';
import type { Outlines } from './outline.ts';
import { type Strand, type Tip, tipOf } from './summary.ts';

/** Gives the session of an id with all its files, each one outlined once; undefined for a session that is gone. */
export type StrandLoader = (session: string) => Promise<Strand | undefined>;

export function strandLoader(rollouts: Rollouts, outlines: Outlines): StrandLoader {
  const loading = new Map<string, Promise<Strand | undefined>>();
  return (session) => {
    const strand = loading.get(session) ?? loadStrand(rollouts, outlines, session);
    loading.set(session, strand);
    return strand;
  };
}

async function loadStrand(
  rollouts: Rollouts,
  outlines: Outlines,
  session: string,
): Promise<Strand | undefined> {
  const files = rollouts.bySession.get(session) ?? [];
  const loaded = await Promise.all(files.map((file) => loadTip(rollouts, outlines, file)));
  const tips = loaded.filter((tip) => tip !== undefined);
  const current = tips.at(-1);
  return current && { session, tips, current };
}

/** Undefined for a file that has gone since its folder was read. */
async function loadTip(rollouts: Rollouts, outlines: Outlines, file: RolloutFile): Promise<Tip | undefined> {
  try {
    return tipOf(file, await followHistory(rollouts, file, (next) => outlines.load(next)));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}
