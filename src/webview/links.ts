import { isSafeHref } from './markdown.ts';
import type { Page } from './page.ts';

/** Links of a transcript never navigate: the host opens them, web addresses in the browser, paths in the editor. */
export function onLinkClick(page: Page, event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  const href = link?.getAttribute('href');
  if (!href) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  if (/^(?:https?|mailto):/i.test(href)) {
    page.post({ type: 'openLink', url: href });
  } else if (isSafeHref(href) && !href.startsWith('#')) {
    page.post({ type: 'openFile', path: decode(href) });
  }
}

function decode(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}
