import { appendFile } from 'node:fs/promises';
import { textOf } from '../common/fields.ts';
import { jsonLine, readJsonLines } from '../common/jsonl.ts';
import { hasCode } from '../common/publish.ts';
import type { Folders } from './folders.ts';

/**
 * The names that sessions were given, by session id, from `session_index.jsonl` (Codex 0.169.0 appends a line each
 * time; the last one counts). A missing file is an empty one.
 */
export async function readNames(folders: Folders): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const { record } of await linesOf(folders.names)) {
    const id = textOf(record?.id);
    const name = textOf(record?.thread_name);
    if (id !== undefined && name !== undefined) {
      names.set(id, name);
    }
  }
  return names;
}

/** Names a session as Codex does: one more line. Throws what the file system throws. */
export async function appendName(folders: Folders, session: string, name: string): Promise<void> {
  const line = { id: session, thread_name: name, updated_at: new Date().toISOString() };
  await appendFile(folders.names, jsonLine(line), { mode: 0o600 });
}

async function linesOf(path: string) {
  try {
    return (await readJsonLines(path)).lines;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}
