import type { Page } from './page.ts';

/**
 * Brings an earlier (`by` -1) or later (1) prompt into the composer: from the start of what is being written, and on
 * from a prompt that was brought and not changed. Behind the last one the draft comes back. False: the key is the field's own.
 */
export function walkHistory(page: Page, field: HTMLTextAreaElement, by: -1 | 1): boolean {
  const { walk } = page.writing;
  const walking = walk !== undefined && walk.text === page.composer.text;
  if (!(walking ? isAtEdge(field, by) : by === -1 && isAtStart(field))) {
    return false;
  }
  const prompts = promptsOf(page);
  const at = (walking ? walk.at : prompts.length) + by;
  const draft = walking ? walk.draft : page.composer;
  const text = at >= prompts.length ? draft.text : prompts[at];
  if (text === undefined) {
    return false;
  }
  page.write(at >= prompts.length ? draft : { ...page.composer, text });
  Object.assign(page.writing, { walk: { at, text, draft }, caret: by < 0 ? 0 : text.length, moved: true });
  return true;
}

const isAtStart = ({ selectionStart, selectionEnd }: HTMLTextAreaElement): boolean =>
  selectionStart === 0 && selectionEnd === 0;

/** In the first line going up, in the last one going down. */
function isAtEdge({ value, selectionStart, selectionEnd }: HTMLTextAreaElement, by: -1 | 1): boolean {
  const beyond = by < 0 ? value.slice(0, selectionStart) : value.slice(selectionEnd);
  return selectionStart === selectionEnd && !beyond.includes('\n');
}

/** What was prompted in this session as far as the page holds it, and what waits, each text once in a row. */
function promptsOf(page: Page): readonly string[] {
  const sent = page.messages().flatMap((message) => (message.kind === 'prompt' ? [message.text] : []));
  const queued = (page.state?.composer.queue ?? []).map(({ text }) => text);
  return [...sent, ...queued].filter((text, index, all) => text !== '' && text !== all[index - 1]);
}
