import { html, nothing, type TemplateResult } from 'lit';
import type { PanelCommand, PanelState, SessionLink } from '../protocol.ts';
import { openFind } from './find.ts';
import { icon, iconButton } from './icon.ts';
import type { MenuItem, Page } from './page.ts';
import { formatNumber, t } from './strings.ts';

/** Where the session stands among its forks, and what can be done with the whole of it. */
export const headerView = (page: Page, state: PanelState): TemplateResult => html`<header class="header">
  <div class="titles">
    <nav aria-label=${t('Fork path')} class="path">
      ${pathView(page, state.path)}
      <span class="this-title" aria-current="page" title=${state.title} dir="auto">${state.title}</span>
    </nav>
    <div class="facts">
      ${state.running ? html`<span class="live-dot" role="img" aria-label=${t('live')}></span>` : nothing}
      <span>${factsOf(state)}</span>
    </div>
  </div>
  <div class="header-actions">
    ${
      state.map.length > 1
        ? iconButton('list-tree', t('Tree of this session'), () => toggleMap(page), { expanded: page.map })
        : nothing
    }
    ${iconButton('search', t('Find'), () => openFind(page))}
    ${state.canFork ? forkButton(page, state) : nothing}
    ${iconButton('ellipsis', t('More actions'), (event) => showActions(page, event))}
  </div>
</header>`;

export function toggleMap(page: Page): void {
  page.map = !page.map;
  page.update();
}

const forkButton = (page: Page, state: PanelState): TemplateResult => html`<button
  type="button"
  class="button secondary"
  ?disabled=${state.forking}
  @click=${() => page.post({ type: 'fork' })}
>
  ${icon('repo-forked')}${t('Fork')}
</button>`;

function factsOf(state: PanelState): string {
  const own = state.total - state.inherited;
  const inherited =
    state.inherited === 0 ? t('nothing inherited') : t('{0} inherited', formatNumber(state.inherited));
  const facts = state.divider
    ? [inherited, own > 0 ? t('{0} own', formatNumber(own)) : '']
    : [state.total === 1 ? t('1 message') : t('{0} messages', formatNumber(state.total))];
  const all = [state.agentName, ...facts, state.problem ? t('damaged') : ''];
  return all.filter((fact) => fact !== '').join(' · ');
}

function pathView(page: Page, path: readonly SessionLink[]): readonly TemplateResult[] {
  const [root, ...rest] = path;
  if (!root) {
    return [];
  }
  const parts = rest.length > 0 ? [crumb(page, root), hiddenCrumbs(page, rest)] : [crumb(page, root)];
  return parts.map((part) => html`${part}${icon('chevron-right', 'path-gap')}`);
}

const crumb = (page: Page, { session, title }: SessionLink): TemplateResult => html`<button
  type="button"
  class="link crumb"
  dir="auto"
  title=${title}
  @click=${() => page.post({ type: 'open', session })}
>
  ${title}
</button>`;

function hiddenCrumbs(page: Page, links: readonly SessionLink[]): TemplateResult {
  if (links.length === 1 && links[0]) {
    return crumb(page, links[0]);
  }
  const label = t('{0} more ancestors', links.length);
  const show = (event: Event): void => {
    if (event.currentTarget instanceof Element) {
      page.showMenu({
        label,
        anchor: event.currentTarget,
        items: links.map(({ session, title }) => ({
          label: title,
          choose: () => page.post({ type: 'open', session }),
        })),
      });
    }
  };
  return html`<button
    type="button"
    class="link"
    aria-haspopup="menu"
    aria-label=${label}
    title=${label}
    @click=${show}
  >
    …
  </button>`;
}

function showActions(page: Page, event: Event): void {
  if (event.currentTarget instanceof Element) {
    page.showMenu({
      label: t('More actions'),
      anchor: event.currentTarget,
      items: [
        command(page, 'showInTree', t('Show in Tree'), 'list-tree'),
        {
          label: t('Show in transcript'),
          icon: 'go-to-file',
          choose: () => page.post({ type: 'showTranscript' }),
        },
        {
          label: t('Go to Prompt…'),
          icon: 'list-unordered',
          choose: () => page.post({ type: 'outline' }),
        },
        command(page, 'rename', t('Rename…'), 'edit'),
        command(page, 'resumeInTerminal', t('Resume in Terminal'), 'terminal'),
        command(page, 'copyResumeCommand', t('Copy Resume Command'), 'copy'),
        command(page, 'showLog', t('Show Log'), 'output'),
      ],
    });
  }
}

const command = (page: Page, id: PanelCommand, label: string, name: string): MenuItem => ({
  label,
  icon: name,
  choose: () => page.post({ type: 'command', id }),
});
