import { statSync } from 'node:fs';
import { mkdir, readdir, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionInfo } from '../../core/model.ts';
import { numberOf, textOf } from '../common/fields.ts';
import { textInside } from '../common/files.ts';
import { leadsOut, leadsOutText } from '../common/inside.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { hasCode } from '../common/publish.ts';
import { isRunning } from '../common/runningProcess.ts';
import { temporaryName } from '../common/temporaries.ts';
import { ownFolder } from './layout.ts';

/** What stands beside a transcript (Claude Code 2.1.329): written by `/rename`, `/branch` and its SDK. */
export interface SideFacts {
  readonly title?: string;
  readonly archived: boolean;
}

const titleFile = 'custom-title.json';
const archiveFile = 'archived.json';

/** Whether a file is one of those, by its name. */
export const isSideFile = (path: string): boolean => [titleFile, archiveFile].includes(basename(path));

/** When the files beside a transcript last changed, as one text; empty when there are none. */
export function sideStamp(transcript: string): string {
  const times = [titleFile, archiveFile].map((name) => {
    const stats = statSync(join(ownFolder(transcript), name), { throwIfNoEntry: false });
    return stats ? `+${stats.mtimeMs}` : '';
  });
  return times.join('');
}

export async function readSideFacts(transcript: string): Promise<SideFacts> {
  const [folder, root] = [ownFolder(transcript), dirname(transcript)];
  const title = textOf((await readRecord(join(folder, titleFile), root))?.customTitle);
  const archived = (await readRecord(join(folder, archiveFile), root))?.archived === true;
  return { archived, ...(title && { title }) };
}

export const writeTitle = (transcript: string, customTitle: string): Promise<void> =>
  replaceFile(transcript, titleFile, { customTitle });

/** `by` is what the agent's own SDK writes there. */
export const writeArchived = (transcript: string, archived: boolean, at: Date): Promise<void> =>
  replaceFile(transcript, archiveFile, { archived, at: at.toISOString(), by: 'sdk' });

async function replaceFile(transcript: string, name: string, content: JsonRecord): Promise<void> {
  const folder = ownFolder(transcript);
  if (leadsOut(folder, dirname(transcript))) {
    throw new SessionForksError('not_supported', leadsOutText(folder));
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(dirname(transcript), temporaryName(uuid()));
  try {
    await writeFile(temporary, JSON.stringify(content), { flag: 'wx', mode: 0o600 });
    await rename(temporary, join(folder, name));
  } catch (error) {
    await present(unlink(temporary));
    throw error;
  }
}

/**
 * What running programs say of their sessions: `<pid>.json` of processes that are still alive. The `.key` files
 * beside them are never opened.
 */
export async function readRunning(
  folder: string,
): Promise<ReadonlyMap<string, NonNullable<SessionInfo['live']>>> {
  const names = (await present(readdir(folder))) ?? [];
  const records = await Promise.all(
    names.filter((name) => /^\d+\.json$/.test(name)).map((name) => readRecord(join(folder, name), folder)),
  );
  const running = new Map<string, NonNullable<SessionInfo['live']>>();
  for (const record of records) {
    const session = textOf(record?.sessionId);
    if (session && isRunning(numberOf(record?.pid) ?? 0)) {
      running.set(session, liveOf(record?.status));
    }
  }
  return running;
}

const liveOf = (status: unknown): NonNullable<SessionInfo['live']> =>
  status === 'busy' || status === 'waiting' ? status : 'idle';

const readRecord = async (path: string, root: string): Promise<JsonRecord | undefined> =>
  parseRecord(await textInside(path, root));

/** The outcome, or undefined when there is no such file. */
async function present<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
