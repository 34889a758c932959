import { textOf } from '../common/fields.ts';
import { addLine, textInside } from '../common/files.ts';
import { jsonLine, parseJsonLines } from '../common/jsonl.ts';
import type { Folders } from './folders.ts';

/**
 * The names that sessions were given, by session id, from `session_index.jsonl` (Codex 0.169.0 appends a line each
 * time; the last one counts). A file that is missing or cannot be read is an empty one: sessions are listed without names.
 */
export async function readNames(folders: Folders): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const { lines } = parseJsonLines(Buffer.from(await textInside(folders.names, folders.home)));
  for (const { record } of lines) {
    const id = textOf(record?.id);
    const name = textOf(record?.thread_name);
    if (id !== undefined && name !== undefined) {
      names.set(id, name);
    }
  }
  return names;
}

/** Names a session as Codex does: one more line. Throws `not_supported` and what the file system throws. */
export async function appendName(folders: Folders, session: string, name: string): Promise<void> {
  const line = { id: session, thread_name: name, updated_at: new Date().toISOString() };
  await addLine(folders.names, folders.home, jsonLine(line));
}
