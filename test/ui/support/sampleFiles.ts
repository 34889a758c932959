import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Workbench } from './workbench.ts';

/** Beside it the extension keeps its own log of forks. */
const samplesFolder = join('session-forks.session-forks', 'samples');

/** SHA-256 of every sample transcript, by file name. */
export function sampleHashes(workbench: Workbench): ReadonlyMap<string, string> {
  const machine = dirname(workbench.home);
  const paths = readdirSync(machine, { recursive: true, encoding: 'utf8' });
  return new Map(
    paths
      .filter((path) => path.includes(samplesFolder) && path.endsWith('.jsonl'))
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(machine, path)))
          .digest('hex'),
      ]),
  );
}

/** The transcripts that are not in `before`, or whose bytes have changed since. */
export function changedSamples(before: ReadonlyMap<string, string>, workbench: Workbench): readonly string[] {
  return [...sampleHashes(workbench)]
    .filter(([path, hash]) => before.get(path) !== hash)
    .map(([path]) => path);
}
