import { join } from 'node:path';
import type { Attachment } from '../../core/model.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';

/** The text of a record: its content, or the text blocks of one that has images, too. */
export const contentText = ({ content }: JsonRecord): string =>
  textOf(content) ??
  recordsOf(content)
    .flatMap((block) => textOf(block.text) ?? [])
    .join('\n');

/**
 * The images, documents and voice of a prompt. Paths lead below `histories`, where a fork's records name the folder of
 * the session that they were copied from.
 */
export function attachmentsOf(record: JsonRecord, histories: string): readonly Attachment[] {
  const images = recordsOf(record.content).flatMap((block) => image(textOf(recordOf(block.image_url)?.url)));
  const documents = recordsOf(record.documents).map((document) => documentOf(document, histories));
  const audio = textOf(record.audio);
  const voice = audio ? [{ name: lastName(audio), path: join(histories, audio) }] : [];
  return [...images, ...documents, ...voice];
}

function image(url: string | undefined): readonly Attachment[] {
  const match = /^data:([^;,]+);base64,(.*)$/s.exec(url ?? '');
  const [, mimeType, data] = match ?? [];
  return mimeType === undefined || data === undefined ? [] : [{ name: 'image', mimeType, data }];
}

function documentOf(document: JsonRecord, histories: string): Attachment {
  const reference = textOf(document.media_ref);
  const path = reference ? join(histories, reference) : textOf(document.absolute_path);
  const mimeType = textOf(document.mime_type);
  const name = textOf(document.display_name) ?? textOf(document.stored_filename) ?? lastName(path ?? '');
  return { name: name || 'document', ...(mimeType ? { mimeType } : {}), ...(path ? { path } : {}) };
}

const lastName = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;
