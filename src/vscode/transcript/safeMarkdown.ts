/**
 * Text of a session for a Markdown document in which the only headings of level 1 and 2 are ours: its own headings
 * go two levels down, and nothing in it stays open beyond its end (a fence, an HTML block, a formula) or runs a
 * command. Fenced code is left as it is.
 */
export function safeMarkdown(text: string): string {
  const lines = text.replace(/\r\n?|[\u2028\u2029]/gu, '\n').split('\n');
  const safe: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const end = fenceEnd(lines, index);
    if (end === undefined) {
      safe.push(safeLine(lines[index] ?? ''));
      index++;
    } else {
      safe.push(...lines.slice(index, end + 1));
      index = end + 1;
    }
  }
  return safe.join('\n').trim();
}

/** One line of a session's text that may stand anywhere. */
export const safeInline = (text: string): string => escapeCommands(text).replaceAll('<!--', '\\<!--');

const fenceStart = /^( {0,3})(`{3,}|~{3,})(.*)$/u;

/**
 * The line where the fence that begins at `start` ends, when all readers of Markdown agree that it does. An indented
 * fence may belong to a list item, which a line of less indentation ends.
 */
function fenceEnd(lines: readonly string[], start: number): number | undefined {
  const [, indent = '', fence = '', info = ''] = fenceStart.exec(lines[start] ?? '') ?? [];
  if (fence === '' || (fence.startsWith('`') && info.includes('`'))) {
    return undefined;
  }
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.trim() !== '' && indentOf(line) < indent.length) {
      return undefined;
    }
    const [, , closing = '', rest = ''] = fenceStart.exec(line) ?? [];
    if (closing.startsWith(fence) && rest.trim() === '') {
      return index;
    }
  }
  return undefined;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function safeLine(line: string): string {
  return safeInline(line)
    .replace(/^(\s*)(#{1,4})(?=\s|$)/u, '$1##$2')
    .replace(/^( {0,3})(`{3,}|~{3,}|\$\$|<)/u, '$1\\$2')
    .replace(/^( {0,3})(=+|-+)(\s*)$/u, '$1\\$2$3');
}

const escapeCommands = (text: string): string => text.replace(/(\(|<|\]:\s*)(command):/giu, '$1$2\\:');
