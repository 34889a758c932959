import type { Attachment } from '../../core/model.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';

const commandName = /<command-name>\s*\/?([^<]*?)\s*<\/command-name>/;
const commandArgs = /<command-args>([\s\S]*?)<\/command-args>/;
/** What the program puts beside the person's words: a block, or the whole text, that is one such element. */
const injected =
  /^\s*<(system-reminder|ide_[a-z_]+|local-command-caveat|bash-input|user-memory-input)\b[\s\S]*<\/\1>\s*$/;
const commandOutput = /^\s*<(?:local-command|bash)-(?:stdout|stderr)>/;
const interruption = /^\[Request interrupted by user/;

/** What the person typed, without what the program put beside it; `/name args` for a slash command. */
export function promptText(record: JsonRecord): string {
  const content = recordOf(record.message)?.content;
  const texts = typeof content === 'string' ? [content] : recordsOf(content).flatMap(blockText);
  const text = texts.filter((part) => !injected.test(part)).join('\n');
  return isCommand(record) ? commandLine(text) : text;
}

/** Whether a user record is a slash command (its own format since long before 2.1.329). */
export const isCommand = (record: JsonRecord): boolean => commandName.test(firstText(record));

export const isCommandOutput = (text: string): boolean => commandOutput.test(text);

/** The note that the program leaves where a person stopped a turn. */
export const isInterruption = (text: string): boolean => interruption.test(text);

/** Images and documents that came with a prompt; `data` is base64. */
export function attachmentsOf(record: JsonRecord): readonly Attachment[] {
  const blocks = recordsOf(recordOf(record.message)?.content);
  return blocks
    .filter(({ type }) => type === 'image' || type === 'document')
    .map((block, index) => attachment(block, index + 1));
}

function attachment(block: JsonRecord, number: number): Attachment {
  const source = recordOf(block.source);
  const mimeType = textOf(source?.media_type);
  const data = source?.type === 'base64' ? textOf(source.data) : undefined;
  const extension = mimeType?.split('/')[1]?.replace(/\W.*$/, '');
  const name = textOf(block.title) ?? `${String(block.type)}-${number}${extension ? `.${extension}` : ''}`;
  return { name, ...(mimeType && { mimeType }), ...(data && { data }) };
}

function firstText(record: JsonRecord): string {
  const content = recordOf(record.message)?.content;
  return typeof content === 'string' ? content : (recordsOf(content).flatMap(blockText)[0] ?? '');
}

const blockText = (block: JsonRecord): string[] =>
  block.type === 'text' && typeof block.text === 'string' ? [block.text] : [];

function commandLine(text: string): string {
  const name = commandName.exec(text)?.[1] ?? '';
  const args = commandArgs.exec(text)?.[1]?.trim() ?? '';
  return `/${name} ${args}`.trim();
}
