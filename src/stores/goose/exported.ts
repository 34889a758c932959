import { recordOf, recordsOf } from '../common/fields.ts';
import { parseRecord } from '../common/jsonl.ts';
import type { CutRows } from './cut.ts';
import type { MessageRow } from './rows.ts';

/**
 * An export of goose 1.52.0, cut to the first `count` rows and named anew. All other fields pass through. Throws when it
 * does not hold the rows that were read.
 */
export function cutExport(
  text: string,
  rows: readonly MessageRow[],
  { count, restored }: CutRows,
  title: string,
): string {
  const session = parseRecord(text) ?? {};
  const kept = recordsOf(session.conversation).slice(0, count);
  if (kept.length !== count || kept.some((message, index) => message.id !== rows[index]?.id)) {
    throw new Error('its export does not hold the messages that its database holds');
  }
  const conversation = kept.map((message, index) =>
    restored.has(index)
      ? { ...message, metadata: { ...recordOf(message.metadata), agentVisible: true } }
      : message,
  );
  return JSON.stringify({ ...session, name: title, user_set_name: true, archived_at: null, conversation });
}
