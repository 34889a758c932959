import { recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { changed, type GeminiRecord, partsOf } from './records.ts';
import { responsesIn } from './tools.ts';

/**
 * The records with each tool call in the reply that made it. Over ACP, Gemini CLI 0.61.0 stores the calls of all later
 * replies in the first one that had any; the record of their results stands where it belongs and tells the place.
 */
export function withCallsInPlace(records: readonly GeminiRecord[]): readonly GeminiRecord[] {
  const calls = records.map(({ json }) => (json.type === 'gemini' ? recordsOf(json.toolCalls) : []));
  const owners = new Map(calls.flatMap((own, index) => own.map(({ id }) => [id, index] as const)));
  let reply = -1;
  records.forEach(({ json }, index) => {
    if (json.type === 'gemini') {
      reply = index;
    } else if (json.type === 'user') {
      for (const id of responseIds(json)) {
        const owner = owners.get(id) ?? reply;
        if (owner < reply) {
          move(calls, id, owner, reply);
          owners.set(id, reply);
        }
      }
    }
  });
  return records.map((record, index) => withCalls(record, calls[index] ?? []));
}

const responseIds = (json: JsonRecord): readonly string[] =>
  responsesIn(partsOf(json.content)).flatMap(({ id }) => textOf(id) ?? []);

function move(calls: (readonly JsonRecord[])[], id: string, from: number, to: number): void {
  const moved = calls[from]?.filter((call) => call.id === id) ?? [];
  calls[from] = calls[from]?.filter((call) => call.id !== id) ?? [];
  calls[to] = [...(calls[to] ?? []), ...moved];
}

function withCalls(record: GeminiRecord, toolCalls: readonly JsonRecord[]): GeminiRecord {
  const before = recordsOf(record.json.toolCalls);
  const isSame =
    before.length === toolCalls.length && before.every((call, index) => call === toolCalls[index]);
  return isSame || record.json.type !== 'gemini' ? record : changed(record, { toolCalls });
}
