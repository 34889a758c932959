import { recordOf, recordsOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { beginning, promptLimit } from '../common/shortened.ts';

/** Of what the model said only that it said something. */
const replyLimit = 1;

/** What an outline needs of a record: which messages there are, which calls have results, and how prompts begin. */
export function outlineOf(json: JsonRecord): JsonRecord {
  const { message, toolCallResult: _outcome, systemPayload, ...rest } = json;
  const parts = recordsOf(recordOf(message)?.parts);
  const limit = json.type === 'user' ? promptLimit : replyLimit;
  return {
    ...rest,
    ...(message !== undefined && { message: { parts: parts.map((part) => partOutline(part, limit)) } }),
    ...(systemPayload !== undefined && { systemPayload: payloadOutline(systemPayload) }),
  };
}

function partOutline(part: JsonRecord, limit: number): JsonRecord {
  const { text, thought, functionCall, functionResponse, inlineData, fileData } = part;
  return {
    ...(typeof text === 'string' && { text: beginning(text, limit), thought }),
    ...(functionCall !== undefined && { functionCall: named(functionCall) }),
    ...(functionResponse !== undefined && { functionResponse: named(functionResponse) }),
    ...(inlineData !== undefined && { inlineData: without(inlineData, 'data') }),
    ...(fileData !== undefined && { fileData }),
  };
}

/** What joins a call and its result. */
function named(value: unknown): unknown {
  const { id, name } = recordOf(value) ?? {};
  return recordOf(value) ? { ...(id !== undefined && { id }), name } : value;
}

/** The summary of a compaction holds all of the history: that there is one is enough. */
function payloadOutline(value: unknown): unknown {
  const payload = recordOf(value);
  return payload?.compressedHistory === undefined ? value : { ...payload, compressedHistory: [] };
}

function without(value: unknown, name: string): unknown {
  const { [name]: _left, ...rest } = recordOf(value) ?? {};
  return recordOf(value) ? rest : value;
}
