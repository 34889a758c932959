import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { leadsOut, leadsOutText } from '../common/inside.ts';
import { isTooDeep, type JsonRecord, readJsonLines } from '../common/jsonl.ts';
import { hasCode } from '../common/publish.ts';
import { historyPath, legacyPath, suppressedPath } from './keys.ts';
import type { Place } from './place.ts';

/** One entry of a history. Its place among the entries is all that identifies it; `line` is 1-based. */
export interface Entry {
  readonly line: number;
  /** Absent for JSON that is no object: Moltis counts it and shows nothing. */
  readonly record?: JsonRecord;
}

/** A history as it stands in its file. `bad` are the lines that Moltis passes over without counting them. */
export interface History {
  readonly entries: readonly Entry[];
  readonly bad: readonly { readonly line: number; readonly before: number }[];
}

/** The file that holds a history. */
export interface HistoryFile {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * The newer layout's file, else the older one's unless it was given up: both are there after a migration. Undefined when
 * nothing was written yet.
 */
export async function findHistory(place: Place, key: string): Promise<HistoryFile | undefined> {
  const current = await fileAt(place, historyPath(place, key));
  if (current) {
    return current;
  }
  const legacy = legacyPath(place, key);
  const found = legacy === undefined ? undefined : await fileAt(place, legacy);
  return found && !(await fileAt(place, suppressedPath(place, key))) ? found : undefined;
}

/** Reads a history as the gateway counts it: one entry for each line that is JSON, of whatever role. */
export async function readHistory(path: string): Promise<History> {
  const { lines } = await readJsonLines(path);
  const entries: Entry[] = [];
  const bad: { line: number; before: number }[] = [];
  for (const { number, text, record } of lines) {
    if (record) {
      entries.push({ line: number, record });
    } else if (isJson(text)) {
      entries.push({ line: number });
    } else if (text.trim() !== '') {
      bad.push({ line: number, before: entries.length });
    }
  }
  return { entries, bad };
}

function isJson(text: string): boolean {
  try {
    return !isTooDeep(text) && JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

async function fileAt({ folder }: Place, path: string): Promise<HistoryFile | undefined> {
  try {
    const stats = await stat(path);
    if (leadsOut(path, folder)) {
      throw new Error(leadsOutText(path));
    }
    if (!stats.isFile()) {
      throw new Error(`${path} is no file.`);
    }
    return { path, stats };
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
