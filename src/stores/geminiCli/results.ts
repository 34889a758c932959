import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { pretty } from '../common/tools.ts';
import { changed, type GeminiRecord, partsOf } from './records.ts';

/**
 * The records with each result of a tool once. Gemini CLI 0.61.0 stores it in the call and again in a record of its own,
 * and at each resume puts the results of all calls of a reply into each of them: the model would receive them several
 * times over. All else is as it was.
 */
export function withResultsOnce(records: readonly GeminiRecord[]): readonly GeminiRecord[] {
  const told = new Set<string>();
  return records.flatMap((record) => {
    const calls = recordsOf(record.json.toolCalls);
    if (record.json.type === 'gemini' && calls.length > 0) {
      const seen = new Set<string>();
      const toolCalls = calls.map((call) => withOwnResult(call, seen));
      toolCalls.flatMap(answeredIds).forEach((id) => void told.add(id));
      return [
        toolCalls.every((call, index) => call === calls[index]) ? record : changed(record, { toolCalls }),
      ];
    }
    return record.json.type === 'user' ? withoutTold(record, told) : [record];
  });
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
