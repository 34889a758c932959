import type { Attachment, SessionRef } from '../protocol.ts';
import type { Place, Saved } from './page.ts';

/** What the page kept before it was hidden or reloaded; undefined when there is nothing of that form. */
export function readSaved(value: unknown): Saved | undefined {
  return isSaved(value) ? value : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isSession = (value: unknown): value is SessionRef =>
  isFields(value) && typeof value.agent === 'string' && typeof value.id === 'string';

const isAttachment = (value: unknown): value is Attachment =>
  isFields(value) && typeof value.name === 'string';

const isComposer = (value: unknown): value is Saved['composer'] =>
  isFields(value) &&
  typeof value.text === 'string' &&
  typeof value.note === 'string' &&
  Array.isArray(value.attachments) &&
  value.attachments.every(isAttachment);

const isPlace = (value: unknown): value is Place =>
  value === 'end' || (isFields(value) && typeof value.index === 'number' && typeof value.top === 'number');

const isSaved = (value: unknown): value is Saved =>
  isFields(value) && isSession(value.session) && isComposer(value.composer) && isPlace(value.place);
