import { Marked, type Token } from 'marked';
import { isPath } from './paths.ts';

/** A piece of a text that is drawn, and drawn again, by itself. `html` is not yet sanitised. */
export type Block =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string };

const marked = new Marked({
  gfm: true,
  renderer: {
    // Models write tags that they mean as text; and nothing of a transcript may become markup.
    html: ({ text }) => escapeHtml(text),
    codespan: ({ text }) => codeHtml(text),
    image: ({ text, href }) => linkHtml(href, escapeHtml(text || href)),
    link({ href, tokens }) {
      return linkHtml(href, this.parser.parseInline(tokens));
    },
  },
});

/** Splits markdown into blocks. */
export function toBlocks(markdown: string): readonly Block[] {
  return marked
    .lexer(markdown)
    .filter((token) => token.type !== 'space' && token.type !== 'def')
    .map(toBlock);
}

/** Web and mail addresses, and paths; `command:`, `javascript:`, `data:` and all other schemes are no links. */
export function isSafeHref(href: string): boolean {
  const plain = href.replace(/[\s\p{Cc}]/gu, '');
  const path = plain.replace(/^[a-z]:(?=[\\/])/i, '').replace(/(?::\d+){1,2}$/, '');
  return /^(?:https?|mailto):/i.test(plain) || !(path.includes(':') || /^[\\/]{2}/.test(path));
}

function toBlock(token: Token): Block {
  if (token.type === 'code') {
    const language = typeof token.lang === 'string' ? (token.lang.split(/\s/)[0] ?? '') : '';
    return { kind: 'code', language, text: String(token.text) };
  }
  return { kind: 'html', html: marked.parser([token]) };
}

function codeHtml(text: string): string {
  const code = `<code>${escapeHtml(text)}</code>`;
  return isPath(text) ? linkHtml(text, code) : code;
}

function linkHtml(href: string, inner: string): string {
  return isSafeHref(href) ? `<a href="${escapeHtml(href)}">${inner}</a>` : inner;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => entities[mark] ?? mark);
