import { pathToFileURL } from 'node:url';
import type { ContentBlock } from '@agentclientprotocol/sdk/unstable';
import { SessionForksError } from '../../core/errors.ts';
import type { PromptInput } from '../../core/liveAgent.ts';
import type { Attachment } from '../../core/model.ts';

/** What the agent takes in a prompt besides text and links. */
export interface PromptSupport {
  readonly image: boolean;
  readonly embeddedContext: boolean;
}

/** A prompt as ACP sends it. Throws `not_supported` for an attachment that the agent does not take. */
export function promptBlocks(
  input: PromptInput,
  support: PromptSupport,
  agentName: string,
): readonly ContentBlock[] {
  const text: readonly ContentBlock[] = input.text === '' ? [] : [{ type: 'text', text: input.text }];
  return [...text, ...input.attachments.map((attachment) => block(attachment, support, agentName))];
}

function block(attachment: Attachment, support: PromptSupport, agentName: string): ContentBlock {
  const { name, mimeType, data, path } = attachment;
  if (data !== undefined && mimeType?.startsWith('image/') && support.image) {
    return { type: 'image', data, mimeType };
  }
  if (path !== undefined) {
    return { type: 'resource_link', name, uri: pathToFileURL(path).href, ...(mimeType ? { mimeType } : {}) };
  }
  if (data !== undefined && support.embeddedContext && !mimeType?.startsWith('image/')) {
    const uri = `attachment:///${encodeURIComponent(name)}`;
    return { type: 'resource', resource: { uri, blob: data, ...(mimeType ? { mimeType } : {}) } };
  }
  throw new SessionForksError('not_supported', `${agentName} does not take “${name}” in a prompt.`);
}
