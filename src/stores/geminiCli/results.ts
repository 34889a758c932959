import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { pretty } from '../common/tools.ts';
import { changed, type GeminiRecord, partsOf } from './records.ts';

/**
 * The records with each result of a tool once. Gemini CLI 0.61.0 stores it in the call and again in a record of its own,
 * and at each resume puts the results of all calls of a reply into each of them: the model would receive them several
 * times over. All else is as it was. `records` may be outlines, of which `whole` gives all: those in which nothing changes
 * are given as they are.
 */
export function* withResultsOnce(
  records: Iterable<GeminiRecord>,
  whole: (record: GeminiRecord) => GeminiRecord,
): Generator<GeminiRecord> {
  const told = new Set<string>();
  for (const record of records) {
    const [kept] = withoutRepeats(record, told);
    yield* kept === record ? [record] : withoutRepeats(whole(record), told);
    recordsOf(kept?.json.type === 'gemini' ? kept.json.toolCalls : [])
      .flatMap(answeredIds)
      .forEach((id) => void told.add(id));
  }
}

/** The record without results that it repeats, or that were told before it; the same one when there are none. */
function withoutRepeats(record: GeminiRecord, told: ReadonlySet<string>): readonly GeminiRecord[] {
  if (record.json.type !== 'gemini') {
    return record.json.type === 'user' ? withoutTold(record, told) : [record];
  }
  const calls = recordsOf(record.json.toolCalls);
  const seen = new Set<string>();
  const toolCalls = calls.map((call) => withOwnResult(call, seen));
  return [toolCalls.every((call, index) => call === calls[index]) ? record : changed(record, { toolCalls })];
}

/** The parts of a call's result that are its own; `seen` are those of its reply so far. */
function withOwnResult(call: JsonRecord, seen: Set<string>): JsonRecord {
  if (!Array.isArray(call.result)) {
    return call;
  }
  const result = recordsOf(call.result).filter((part) => {
    const id = responseId(part);
    const key = id ?? pretty(part);
    const isOwn = (id === undefined || id === call.id) && !seen.has(key);
    if (isOwn) {
      seen.add(key);
    }
    return isOwn;
  });
  return result.length === call.result.length ? call : { ...call, result };
}

const responseId = (part: JsonRecord): string | undefined => textOf(recordOf(part.functionResponse)?.id);

const answeredIds = (call: JsonRecord): readonly string[] =>
  partsOf(call.result).flatMap((part) => responseId(part) ?? []);

/** A record that only repeats results goes away, other parts of it stay. */
function withoutTold(record: GeminiRecord, told: ReadonlySet<string>): readonly GeminiRecord[] {
  const parts = partsOf(record.json.content);
  const fresh = parts.filter((part) => !told.has(responseId(part) ?? ''));
  if (fresh.length === parts.length) {
    return [record];
  }
  const hasResponse = fresh.some((part) => part.functionResponse);
  const hasWords = fresh.some((part) => textOf(part.text)?.trim());
  return hasResponse || hasWords ? [changed(record, { content: fresh })] : [];
}
