import type { Attachment } from '../../core/model.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { CodexRecord } from './records.ts';

// What Codex puts into the person's role beside the person's words, in files that do not mark them.
const injected = /^\s*(?:<([a-z_]+)>[\s\S]*<\/\1>\s*$|# AGENTS\.md instructions)/i;

/** What the person said by the events of a session; empty for files without them. */
export function saidByPerson(records: readonly CodexRecord[]): ReadonlySet<string> {
  const said = records.flatMap(({ type, payload }) =>
    type === 'event_msg' && payload.type === 'user_message' ? [textOf(payload.message)?.trim() ?? ''] : [],
  );
  return new Set(said);
}

/** Whether a message in the role `user` is what a person asked, not context that Codex put there. */
export function isPrompt(message: JsonRecord, said: ReadonlySet<string>): boolean {
  const kinds = kindsOf(message);
  if (kinds) {
    return kinds.some((kind) => kind.startsWith('user.'));
  }
  const text = promptText(message);
  return said.size > 0 ? said.has(text.trim()) : !injected.test(text);
}

/** `content_item_kinds` says of each content item where it came from (Codex 0.169.0); absent in older files. */
function kindsOf(message: JsonRecord): readonly string[] | undefined {
  const kinds = passthrough(message)?.content_item_kinds;
  return Array.isArray(kinds) ? kinds.flatMap((kind) => textOf(kind) ?? []) : undefined;
}

/** The id of the turn that a response item belongs to. */
export const turnOf = (item: JsonRecord): string | undefined => textOf(passthrough(item)?.turn_id);

const passthrough = (item: JsonRecord): JsonRecord | undefined =>
  recordOf(item.internal_chat_message_metadata_passthrough);

/** The text of a prompt as the person typed it. */
export function promptText(message: JsonRecord): string {
  const kinds = kindsOf(message);
  return recordsOf(message.content)
    .filter((_, index) => kinds === undefined || (kinds[index] ?? 'user.text').startsWith('user.'))
    .flatMap((item) => (item.type === 'input_text' ? (textOf(item.text) ?? []) : []))
    .join('\n');
}

/** The images of a prompt. Data URLs are taken apart, others stand as path. */
export function attachmentsOf(message: JsonRecord): readonly Attachment[] {
  return recordsOf(message.content).flatMap((item) => {
    const url = item.type === 'input_image' ? textOf(item.image_url) : undefined;
    return url === undefined ? [] : [attachmentAt(url)];
  });
}

function attachmentAt(url: string): Attachment {
  const [, mimeType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return mimeType !== undefined && data !== undefined
    ? { name: 'image', mimeType, data }
    : { name: 'image', path: url };
}
