import { pathToFileURL } from 'node:url';
import { SessionForksError } from '../../core/errors.ts';
import type { PromptInput } from '../../core/liveAgent.ts';
import type { Attachment } from '../../core/model.ts';

/** A prompt as OpenCode's server takes it. Throws `not_supported` for an attachment without bytes or path. */
export const promptParts = ({ text, attachments }: PromptInput): readonly object[] => [
  ...(text === '' ? [] : [{ type: 'text', text }]),
  ...attachments.map(filePart),
];

function filePart({ name, mimeType, data, path }: Attachment): object {
  const mime = mimeType ?? (data === undefined ? 'text/plain' : 'application/octet-stream');
  if (data !== undefined) {
    return { type: 'file', mime, filename: name, url: `data:${mime};base64,${data}` };
  }
  if (path !== undefined) {
    return { type: 'file', mime, filename: name, url: pathToFileURL(path).href };
  }
  throw new SessionForksError('not_supported', `OpenCode does not take “${name}” in a prompt.`);
}
