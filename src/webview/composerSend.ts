import { isImage } from './attachments.ts';
import { ownCommand } from './composerCommands.ts';
import { emptyDraft } from './composerWriting.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** What becomes of what is written: sent, sent after a fork, or asked in a fork that is thrown away. */
export type Way = 'send' | 'checkpoint' | 'side';

export const hasDraft = ({ composer }: Page): boolean =>
  composer.text.trim() !== '' || composer.attachments.length > 0;

/** Sends what is written, or carries out the panel's own command that it is. What cannot be done is said. */
export function send(page: Page, way: Way): void {
  const { state, composer } = page;
  if (!state?.composer.enabled || !hasDraft(page)) {
    return;
  }
  const own = ownCommand(composer.text, state);
  if (own?.kind === 'fork') {
    fork(page, own.title);
  } else if (own?.kind === 'side') {
    ask(page, own.question);
  } else if (way === 'side') {
    ask(page, composer.text);
  } else {
    prompt(page, way === 'checkpoint');
  }
}

export function remark(page: Page, text: string): void {
  page.writing.remark = text;
  page.update();
}

function fork(page: Page, title: string): void {
  if (!page.state?.forking) {
    page.post({ type: 'fork', ...(title !== '' && { title }) });
    page.write({ ...page.composer, text: '' });
  }
}

function ask(page: Page, question: string): void {
  if (question.trim() === '') {
    remark(page, t('Write the question behind /side.'));
  } else if (!page.state?.composer.side) {
    remark(page, t('Forks of this session cannot be thrown away, so nothing can be asked on the side.'));
  } else if (isTaken(page)) {
    page.post({ type: 'askAside', text: question, attachments: page.composer.attachments });
    page.write(emptyDraft);
  }
}

function prompt(page: Page, checkpoint: boolean): void {
  const { text, attachments } = page.composer;
  if (checkpoint && !page.state?.canFork) {
    remark(page, t('This session cannot be forked. Send without a checkpoint.'));
  } else if (isTaken(page)) {
    page.post({ type: 'prompt', text, attachments, ...(checkpoint && { checkpoint }) });
    page.place = 'end';
    page.write(emptyDraft);
  }
}

/** False, and said, when an image would have to go to an agent that takes none. */
function isTaken(page: Page): boolean {
  const { state, composer } = page;
  const refused =
    state?.composer.images === false && composer.attachments.some((it) => isImage(it) && !it.path);
  if (state && refused) {
    remark(page, t('{0} takes no images. Remove them to send.', state.agentName));
  }
  return !refused;
}
