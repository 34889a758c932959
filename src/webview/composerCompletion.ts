import { html, nothing, type TemplateResult } from 'lit';
import { commandsOf } from './composerCommands.ts';
import { icon } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** What may stand in place of the word at the cursor, which begins at `from`. */
interface Completion {
  readonly label: string;
  readonly detail: string;
  readonly icon?: string;
  readonly text: string;
  readonly from: number;
}

const mostCommands = 12;

/** What the word at the cursor may become: a slash command that begins the text, or a file behind an @. */
export function completionsOf(page: Page): readonly Completion[] {
  return page.writing.closed ? [] : [...commandCompletions(page), ...mentionCompletions(page)];
}

/** To call when text or cursor have changed: asks the host what may stand behind an @. */
export function findMentions(page: Page): void {
  const query = mentionAt(page)?.query;
  if (query !== undefined && query !== page.writing.query) {
    page.post({ type: 'findMentions', query });
  }
  page.writing.query = query;
}

export function completionList(
  page: Page,
  completions: readonly Completion[],
): TemplateResult | typeof nothing {
  if (completions.length === 0) {
    return nothing;
  }
  return html`<div class="commands" role="listbox" id="completions" aria-label=${t('Suggestions')}>
    ${completions.map((completion, index) => rowView(page, completion, index))}
  </div>`;
}

/** The id of the row that is chosen, for `aria-activedescendant`. */
export const completionId = (index: number): string => `completion-${index}`;

/** Keys while completions are shown; true when the key was one of theirs. */
export function onCompletionKey(page: Page, event: KeyboardEvent): boolean {
  const completions = completionsOf(page);
  const chosen = completions[page.writing.chosen];
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!chosen) {
    return false;
  }
  if (by !== undefined) {
    page.writing.chosen = (page.writing.chosen + by + completions.length) % completions.length;
    page.update();
    return true;
  }
  const isKey = (event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && !event.ctrlKey;
  if (!isKey || isWritten(page, chosen)) {
    return false;
  }
  choose(page, chosen);
  return true;
}

function rowView(page: Page, completion: Completion, index: number): TemplateResult {
  const onPress = (event: Event): void => {
    event.preventDefault();
    choose(page, completion);
    page.settle();
  };
  return html`<div
    class="command-row"
    role="option"
    id=${completionId(index)}
    aria-selected=${index === page.writing.chosen}
    @mousedown=${onPress}
  >
    ${completion.icon ? icon(completion.icon) : nothing}<span class="command-name">${completion.label}</span
    ><span class="quiet" dir="auto">${completion.detail}</span>
  </div>`;
}

function choose(page: Page, { text, from }: Completion): void {
  const { composer, writing } = page;
  const before = `${composer.text.slice(0, from)}${text} `;
  const after = composer.text.slice(writing.caret).replace(/^ /, '');
  page.write({ ...composer, text: before + after });
  Object.assign(writing, { caret: before.length, moved: true, query: undefined, mentions: [] });
}

/** Enter sends what is written out already. */
const isWritten = ({ composer, writing }: Page, { text, from }: Completion): boolean =>
  composer.text.slice(from, writing.caret) === text;

function commandCompletions(page: Page): readonly Completion[] {
  const typed = /^\/([^\s/]*)$/.exec(page.composer.text)?.[1]?.toLowerCase();
  if (typed === undefined || !page.state) {
    return [];
  }
  return commandsOf(page.state)
    .filter(({ name }) => name.toLowerCase().includes(typed))
    .slice(0, mostCommands)
    .map(({ name, description, hint }) => ({
      label: `/${name}${hint ? ` ${hint}` : ''}`,
      detail: description,
      text: `/${name}`,
      from: 0,
    }));
}

function mentionCompletions(page: Page): readonly Completion[] {
  const at = mentionAt(page);
  return at
    ? page.writing.mentions.map(({ label, text, kind }) => ({
        label,
        detail: kind === 'selection' ? t('Selection') : '',
        icon: kind === 'selection' ? 'list-selection' : 'file',
        text,
        from: at.from,
      }))
    : [];
}

/** The mention that is being written at the cursor: what stands behind its @. */
function mentionAt({
  composer,
  writing,
}: Page): { readonly from: number; readonly query: string } | undefined {
  const before = composer.text.slice(0, writing.caret);
  const query = /(?:^|\s)@([^\s@]*)$/.exec(before)?.[1];
  return query === undefined ? undefined : { from: before.length - query.length - 1, query };
}
