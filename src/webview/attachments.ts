import { html, nothing, type TemplateResult } from 'lit';
import type { Attachment } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** What a browser draws without a risk, and what models look at. */
const pictures = /^image\/(png|jpeg|gif|webp)$/;
const largestBytes = 5 * 1024 * 1024;

export const isImage = ({ mimeType }: Pick<Attachment, 'mimeType'>): boolean => pictures.test(mimeType ?? '');

/** The files and images of a prompt; with `remove` they can be taken off. */
export const attachmentChips = (
  attachments: readonly Attachment[],
  remove?: (index: number) => void,
): TemplateResult | typeof nothing =>
  attachments.length === 0
    ? nothing
    : html`<div class="chips">
        ${attachments.map((attachment, index) => chip(attachment, remove && (() => remove(index))))}
      </div>`;

const chip = (
  attachment: Attachment,
  remove: (() => void) | undefined,
): TemplateResult => html`<span class="chip" title=${attachment.path ?? attachment.name}>
  ${pictureOf(attachment)}<span class="chip-name" dir="auto">${attachment.name}</span>
  ${remove ? iconButton('close', t('Remove {0}', attachment.name), remove) : nothing}
</span>`;

const pictureOf = (attachment: Attachment): TemplateResult =>
  isImage(attachment) && attachment.data !== undefined
    ? html`<img
        class="thumbnail"
        alt=""
        src="data:${attachment.mimeType ?? ''};base64,${attachment.data}"
      />`
    : icon(attachment.mimeType?.startsWith('image/') ? 'file-media' : 'file');

/** Takes pasted images; false when there are none and the text goes into the field. */
export function onPaste(page: Page, { clipboardData }: ClipboardEvent): boolean {
  const files = [...(clipboardData?.files ?? [])];
  if (files.length > 0) {
    void attach(page, files);
  }
  return files.length > 0;
}

/** Takes what was dropped: images with their bytes, VS Code's own files by their place. */
export function onDrop(page: Page, { dataTransfer }: DragEvent): void {
  const files = [...(dataTransfer?.files ?? [])];
  const list =
    dataTransfer?.getData('application/vnd.code.uri-list') || dataTransfer?.getData('text/uri-list');
  const uris = (list ?? '').split(/\r?\n/).filter((uri) => uri !== '' && !uri.startsWith('#'));
  if (uris.length > 0) {
    page.post({ type: 'attachFiles', uris });
  } else if (files.length > 0) {
    void attach(page, files);
  }
}

async function attach(page: Page, files: readonly File[]): Promise<void> {
  const problem = files.map((file) => problemOf(page, file)).find((text) => text !== undefined);
  const good = files.filter((file) => problemOf(page, file) === undefined);
  const attachments = await Promise.all(good.map(toAttachment));
  if (attachments.length > 0) {
    page.compose('', attachments);
  }
  page.writing.remark = problem ?? '';
  page.update();
}

function problemOf({ state }: Page, file: File): string | undefined {
  if (!isImage({ mimeType: file.type })) {
    return t('“{0}” is no image. Mention a file by @, or attach it by +.', file.name);
  }
  if (state?.composer.images === false) {
    return t('{0} takes no images.', state.agentName);
  }
  return file.size > largestBytes ? t('“{0}” is larger than 5 MB.', file.name) : undefined;
}

async function toAttachment(file: File): Promise<Attachment> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
  return { name: file.name, mimeType: file.type, data: url.slice(url.indexOf(',') + 1) };
}
