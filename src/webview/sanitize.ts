import DOMPurify from 'dompurify';
import type { DirectiveResult } from 'lit/directive.js';
import { guard } from 'lit/directives/guard.js';
import { showControls, showForced } from './controls.ts';

/** DOMPurify's TrustedHTML. */
type SafeHtml = object;

const markup = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'a', 'blockquote', 'ul', 'ol', 'li', 'input'],
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'start', 'align', 'type', 'checked', 'disabled', 'tabindex', 'dir'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|(?:[a-z]:(?=[\\/]))?[^:]*(?::\d+){0,2}$)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_TRUSTED_TYPE: true as const,
};

const colours = { ALLOWED_TAGS: ['span'], ALLOWED_ATTR: ['class'], RETURN_TRUSTED_TYPE: true as const };

/** Keeps the most recent results: a message that is drawn again is not sanitised again. */
class Cache<Value> {
  readonly #limit: number;
  readonly #values = new Map<string, Value>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#limit && oldest !== undefined) {
      this.#values.delete(oldest);
    }
    return value;
  }
}

const blocks = new Cache<SafeHtml>(500);
const coloured = new Cache<SafeHtml>(200);

// Here, after entities are read: a mark that turns letters round may come as one.
DOMPurify.addHook('afterSanitizeElements', (node) => {
  if (node instanceof Text) {
    const isCode = node.parentElement?.closest('code') !== null;
    node.data = isCode ? showControls(node.data) : showForced(node.data);
  }
});

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName === 'A') {
    // The log is one tab stop: links in it are reached with Enter and the arrow keys.
    node.setAttribute('tabindex', '-1');
    // A link's words may name another place than it leads to.
    node.setAttribute('title', node.getAttribute('href') ?? '');
  } else if (node.nodeName === 'INPUT') {
    node.setAttribute('type', 'checkbox');
    node.setAttribute('disabled', '');
  } else if (/^(?:P|LI|H\d|BLOCKQUOTE|TD|TH)$/.test(node.nodeName)) {
    node.setAttribute('dir', 'auto');
  }
});

/** A block's HTML without anything but plain markup, to be bound to `.innerHTML`. */
export const safeMarkup = (html: string): DirectiveResult =>
  once(blocks.get(html, () => DOMPurify.sanitize(html, markup)));

/** The highlighter's HTML: spans with classes, nothing else; to be bound to `.innerHTML`. */
export const safeColours = (html: string): DirectiveResult =>
  once(coloured.get(html, () => DOMPurify.sanitize(html, colours)));

// lit takes every object for a new one, and would draw what stands still again and again.
const once = (html: SafeHtml): DirectiveResult => guard([html], () => html);
