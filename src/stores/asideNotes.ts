import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AsideNote, AsideNotes } from '../core/asideForks.ts';
import { agentId, sessionId } from '../core/model.ts';
import { clearLeftovers } from './common/leftovers.ts';
import { hasCode } from './common/publish.ts';
import { isRunning } from './common/runningProcess.ts';
import { temporaryName, writerOf } from './common/temporaries.ts';

const schema = z.object({
  agent: z.string(),
  sessions: z.array(z.string()),
});

const unfinishedPrefix = 'unfinished-';

/** Numbers of processes are given again, and another machine's cannot be asked: after so long a note is left over. */
const longestMs = 24 * 3_600_000;

/**
 * Notes of throw-away forks in a folder of their own, a file each; its name says which process made the fork and
 * the mark. A damaged note is none: each is on disk as a whole.
 */
export function asideNotes(folder: string): AsideNotes {
  return {
    all: async () => {
      await clearUnfinished(folder);
      return (await Promise.all((await namesIn(folder)).map((name) => readNote(folder, name)))).flat();
    },
    keep: async (note) => {
      await mkdir(folder, { recursive: true });
      await writeNote(folder, note);
    },
    forget: async (mark) => {
      const names = await namesIn(folder);
      const gone = names.filter((name) => writerOf(name)?.what === mark);
      await Promise.all(gone.map((name) => rm(join(folder, name), { force: true })));
    },
  };
}

/** On disk before the fork is: a crash right after leaves a note. */
async function writeNote(folder: string, { mark, agent, sessions }: AsideNote): Promise<void> {
  const unfinished = join(folder, temporaryName(`${unfinishedPrefix}${mark}`));
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ agent, sessions }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(folder, temporaryName(mark)));
}

/** What a killed process did not finish to write is no note, and nobody else's. */
async function clearUnfinished(folder: string): Promise<void> {
  const names = await temporariesIn(folder);
  await clearLeftovers(folder, names.filter(isUnfinished));
}

const isUnfinished = (name: string): boolean => writerOf(name)?.what.startsWith(unfinishedPrefix) === true;

async function readNote(
  folder: string,
  name: string,
): Promise<readonly (AsideNote & { readonly inUse: boolean })[]> {
  const path = join(folder, name);
  const writer = writerOf(name);
  if (!writer) {
    return [];
  }
  try {
    const { mtimeMs } = await stat(path);
    const { agent, sessions } = schema.parse(JSON.parse(await readFile(path, 'utf8')));
    const young = Date.now() - mtimeMs < longestMs;
    const runs = !writer.isHere || (writer.pid !== process.pid && isRunning(writer.pid));
    return [
      {
        mark: writer.what,
        agent: agentId(agent),
        sessions: sessions.map(sessionId),
        inUse: young && runs,
      },
    ];
  } catch {
    // Forgotten meanwhile by the program that made it, or not a note.
    return [];
  }
}

const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await temporariesIn(folder)).filter((name) => !isUnfinished(name));

async function temporariesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => writerOf(name) !== undefined);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}
