import type { SessionInfo } from './model.ts';

/** The most characters (code points) that a title may have. */
export const titleLimit = 200;

// C0 and C1 control characters, and the marks that turn the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it strips
const unwanted = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\u061C\u2028\u2029]+/gu;

/** The marks that agents put behind the title of a fork. */
const forkSuffixes: readonly RegExp[] = [
  /\s*\(fork(?:\s+#?\d+)?\)$/iu,
  /\s*\(branch(?:\s+\d+)?\)$/iu,
  /(?<=\S)\s*\(\d{1,4}\)$/u,
];

/** One line without control or direction characters, trimmed, at most `titleLimit` code points. May be empty. */
export function sanitizeTitle(text: string): string {
  const line = text.replace(unwanted, ' ').replace(/\s+/gu, ' ').trim();
  return cutTo(line, titleLimit);
}

/** The title without any mark of earlier forks, so that marks never stack. */
export function stripForkSuffix(title: string): string {
  for (const suffix of forkSuffixes) {
    const stripped = title.replace(suffix, '');
    if (stripped !== title && stripped !== '') {
      return stripForkSuffix(stripped);
    }
  }
  return title;
}

/** What forks of a session are named after: its title, else its first prompt, else the start of its id. */
export function baseTitle(info: Pick<SessionInfo, 'title' | 'preview' | 'ref'>): string {
  const named = sanitizeTitle(info.title) || sanitizeTitle(info.preview);
  return stripForkSuffix(named) || info.ref.id.slice(0, 8);
}

/**
 * `base (n)` with the lowest free n from 1, compared without case against `taken`.
 * The base is cut so that the whole stays within `titleLimit`.
 */
export function uniqueTitle(base: string, taken: Iterable<string>): string {
  const known = new Set([...taken].map((title) => title.toLocaleLowerCase()));
  for (let number = 1; ; number++) {
    const suffix = ` (${number})`;
    const title = cutTo(base, titleLimit - suffix.length) + suffix;
    if (!known.has(title.toLocaleLowerCase())) {
      return title;
    }
  }
}

function cutTo(text: string, codePoints: number): string {
  const points = [...text];
  return points.length <= codePoints ? text : points.slice(0, codePoints).join('').trimEnd();
}
