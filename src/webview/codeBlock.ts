import { html, type TemplateResult } from 'lit';
import { showControls } from './controls.ts';
import { iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { safeColours } from './sanitize.ts';
import { t } from './strings.ts';

type Highlighter = typeof import('./highlighter.ts');

/** Longer code stays without colours: they would hold up the page. */
const longest = 50_000;

let highlighter: Highlighter | undefined;
let asked = false;

/** A code block with its actions. */
export const codeBlock = (page: Page, text: string, language: string): TemplateResult => html`<div
  class="code"
  dir="ltr"
>
  <div class="code-actions">
    ${iconButton('copy', t('Copy'), () => page.post({ type: 'copy', text }), { tab: -1 })}
    ${iconButton('insert', t('Insert at cursor'), () => page.post({ type: 'insert', text }), { tab: -1 })}
  </div>
  ${codeText(page, text, language)}
</div>`;

function codeText(page: Page, text: string, language: string): TemplateResult {
  const colours = coloursOf(page, text, language);
  return colours === undefined
    ? html`<pre>${showControls(text)}</pre>`
    : html`<pre .innerHTML=${safeColours(colours)}></pre>`;
}

function coloursOf(page: Page, text: string, language: string): string | undefined {
  if (language === '' || text.length > longest) {
    return undefined;
  }
  if (!highlighter) {
    void load(page);
    return undefined;
  }
  return highlighter.highlight(showControls(text), language);
}

async function load(page: Page): Promise<void> {
  if (asked) {
    return;
  }
  asked = true;
  highlighter = await import('./highlighter.ts');
  page.redraw();
}
