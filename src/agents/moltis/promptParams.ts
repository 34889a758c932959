import { SessionForksError } from '../../core/errors.ts';
import type { PromptInput } from '../../core/liveAgent.ts';
import type { Attachment } from '../../core/model.ts';

/** A prompt as `chat.send` takes it: text, or blocks when images come along. Throws `not_supported` for other bytes. */
export function promptParams({ text, attachments }: PromptInput): Readonly<Record<string, unknown>> {
  const files = attachments.flatMap((attachment) => (isImage(attachment) ? [] : [pathOf(attachment)]));
  const whole = [text, ...files].filter((line) => line !== '').join('\n');
  const images = attachments.filter(isImage).map(({ mimeType, data }) => ({
    type: 'image_url',
    image_url: { url: `data:${mimeType};base64,${data}` },
  }));
  return images.length === 0 ? { text: whole } : { content: [{ type: 'text', text: whole }, ...images] };
}

const isImage = ({ mimeType, data }: Attachment): boolean =>
  data !== undefined && mimeType?.startsWith('image/') === true;

/** Moltis runs on this machine, so that its tools find a file by its path. */
function pathOf({ name, path }: Attachment): string {
  if (path === undefined) {
    throw new SessionForksError('not_supported', `Moltis does not take “${name}” in a prompt.`);
  }
  return path;
}
