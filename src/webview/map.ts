import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { MapRow, PanelState, SessionRef } from '../protocol.ts';
import { all, walk } from './focus.ts';
import { toggleMap } from './header.ts';
import { drawLanes, lanesOf, lanesWidth, type RowLanes } from './mapLanes.ts';
import type { Page } from './page.ts';
import { formatNumber, t } from './strings.ts';

/** All sessions of this fork tree, over the log. */
export function mapView(page: Page, state: PanelState): TemplateResult | typeof nothing {
  if (!page.map) {
    return nothing;
  }
  const lanes = lanesOf(
    state.map,
    state.map.findIndex(({ link }) => isSame(link.session, state.session)),
  );
  const width = lanesWidth(state.map);
  return html`<div class="shade" @mousedown=${() => toggleMap(page)}></div>
    <section class="map" aria-label=${t('Tree of this session')} @keydown=${(event: KeyboardEvent) => walk(all(document, '.map-row'), event)}>
      <div class="map-head">
        <span class="strong">${t('Tree of this session')}</span>
        <span class="quiet" dir="auto">${t('{0} sessions', formatNumber(state.map.length))}</span>
      </div>
      <div class="map-rows" role="tree" aria-label=${t('Tree of this session')}>
        ${repeat(
          state.map,
          ({ link }) => `${link.session.agent}/${link.session.id}`,
          (row, index) => rowView(page, row, lanes[index], width),
        )}
      </div>
      <div class="hint" aria-hidden="true">
        <kbd>↑</kbd> <kbd>↓</kbd> ${t('move')} · <kbd>Enter</kbd> ${t('open')} · <kbd>Esc</kbd> ${t('close')}
      </div>
    </section>`;
}

/** To call after each draw: a map that has just come takes the focus to this session's row. */
export function focusMap(page: Page): void {
  const rows = document.querySelector('.map-rows');
  if (page.map && rows && !rows.contains(document.activeElement)) {
    rows.querySelector<HTMLElement>('.here')?.focus();
  }
}

function rowView(page: Page, row: MapRow, lanes: RowLanes | undefined, width: number): TemplateResult {
  const here = lanes?.here === true;
  const open = (): void => {
    toggleMap(page);
    page.post({ type: 'open', session: row.link.session });
  };
  return html`<button
    type="button"
    role="treeitem"
    aria-level=${row.depth + 1}
    aria-current=${here ? 'page' : nothing}
    class="map-row ${here ? 'here' : ''}"
    tabindex=${here ? 0 : -1}
    @click=${open}
  >
    <svg class="map-lanes" width=${width} height="28" aria-hidden="true">
      ${lanes ? drawLanes(lanes) : nothing}
    </svg>
    <span class="map-title" dir="auto">${row.link.title}</span>
    <span class="quiet" dir="auto">${wordsOf(row, here)}</span>
    ${row.live ? html`<span class="live-dot" role="img" aria-label=${t('live')}></span>` : nothing}
  </button>`;
}

function wordsOf({ kind, messages }: MapRow, here: boolean): string {
  const words = {
    root: formatNumber(messages),
    fork: `@${messages}`,
    rewound: t('rewound {0}', `@${messages}`),
    subagent: t('subagent'),
  }[kind];
  return here ? t('{0} · here', words) : words;
}

const isSame = (a: SessionRef, b: SessionRef): boolean => a.agent === b.agent && a.id === b.id;
