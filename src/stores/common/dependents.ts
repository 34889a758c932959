import { readdir } from 'node:fs/promises';
import type { SessionId, SessionInfo } from '../../core/model.ts';
import { readByteBatches } from './bytesBatches.ts';
import { inParallel } from './pool.ts';

/** A folder of tool outputs or media that goes with its session, and by what its files are named in records. */
export interface OutputFolder {
  readonly path: string;
  /** The end of a path to the folder, e.g. `['tool-outputs', 'session-1']`. */
  readonly parts: readonly string[];
}

const filesAtATime = 4;

/** Which of `forks` name a file in one of the folders. A folder without files, and a fork that cannot be read, count for nothing. */
export async function forksNaming(
  folders: readonly OutputFolder[],
  forks: readonly SessionInfo[],
): Promise<readonly SessionId[]> {
  const filled = await Promise.all(folders.map(async (folder) => ((await hasFiles(folder)) ? [folder] : [])));
  const words = filled.flat().flatMap(({ parts }) => namesOf(parts));
  if (words.length === 0) {
    return [];
  }
  const found = await inParallel(forks, filesAtATime, async ({ ref, file }) =>
    file && (await holdsAny(file.path, words)) ? [ref.id] : [],
  );
  return found.flat();
}

const hasFiles = async ({ path }: OutputFolder): Promise<boolean> =>
  (await readdir(path).catch(() => [])).length > 0;

/** As a path stands in the text of a JSON record: with slashes, or with the escaped backslashes of Windows. */
const namesOf = (parts: readonly string[]): readonly string[] =>
  ['/', '\\\\'].map((separator) => [...parts, ''].join(separator));

async function holdsAny(path: string, words: readonly string[]): Promise<boolean> {
  try {
    for await (const batch of readByteBatches(path)) {
      if (words.some((word) => batch.includes(word))) {
        return true;
      }
    }
    return false;
  } catch {
    // What cannot be read now has nothing to lose that anybody could see.
    return false;
  }
}
