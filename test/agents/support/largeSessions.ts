import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { type JsonObject, objectOf, parseObject, textOf } from './json.ts';

/** Makes sessions that real programs wrote as large as a person's become over weeks. */

const piece = 'A long output of a tool, word by word. '.repeat(6_500);

/** Puts turns with long texts behind the first turn of a session of Qwen Code. Gives how many messages that adds. */
export async function enlargeQwenSession(file: string, megabytes: number): Promise<number> {
  const records = (await readFile(file, 'utf8')).trimEnd().split('\n').filter(Boolean).map(parseObject);
  const at = records.findIndex(({ type }) => type === 'assistant');
  const reply = records[at] ?? {};
  const prompt = records.find(({ type }) => type === 'user') ?? {};
  const added: JsonObject[] = [];
  let last = textOf(reply.uuid);
  for (let bytes = 0; bytes < megabytes * 1e6; bytes += 2 * piece.length) {
    for (const record of [prompt, reply]) {
      const uuid = randomUUID();
      const message = { ...objectOf(record.message), parts: [{ text: piece }] };
      added.push({ ...record, uuid, parentUuid: last, message });
      last = uuid;
    }
  }
  const rest = records
    .slice(at + 1)
    .map((record) => (record.parentUuid === reply.uuid ? { ...record, parentUuid: last } : record));
  const lines = [...records.slice(0, at + 1), ...added, ...rest].map((record) => JSON.stringify(record));
  await writeFile(file, `${lines.join('\n')}\n`);
  return added.length;
}

/** Puts turns with long texts behind the last turn of a session of OpenCode. Gives how many messages that adds. */
export function enlargeOpenCodeSession(file: string, session: string, megabytes: number): number {
  using database = new DatabaseSync(file, { timeout: 10_000 });
  const messages = database
    .prepare('SELECT * FROM message WHERE session_id = ? ORDER BY id DESC LIMIT 2')
    .all(session)
    .toReversed();
  const partOf = database.prepare(`SELECT * FROM part WHERE message_id = ? AND data LIKE '%"type":"text"%'`);
  const last = String(messages.at(-1)?.id);
  const data = JSON.stringify({ type: 'text', text: piece });
  let added = 0;
  while (added * data.length < megabytes * 1e6) {
    for (const message of messages) {
      const id = `${last}${String(added++).padStart(4, '0')}`;
      insert(database, 'message', { ...message, id });
      insert(database, 'part', { ...partOf.get(String(message.id)), id: `prt_${id}`, message_id: id, data });
    }
  }
  return added;
}

function insert(database: DatabaseSync, table: string, row: Readonly<Record<string, SQLOutputValue>>): void {
  const names = Object.keys(row);
  const places = names.map(() => '?').join(', ');
  database
    .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`)
    .run(...Object.values(row));
}
