/** A file's name with its ending, and the places in it. */
const file = String.raw`[\w.@-]+\.[a-z]\w{0,7}`;
const line = String.raw`:\d+`;
const folders = String.raw`(?:[a-z]:(?=[\\/]))?(?:[\w.@-]*[\\/])+`;

/** A path has a folder or a line number, such as `src/login.ts` or `login.ts:88:5`. */
const path = `(?:${folders}${file}(?:${line}){0,2}|${file}(?:${line}){1,2})`;
const whole = new RegExp(`^${path}$`, 'i');
// It begins where no word, path or address is under way: of one without end each letter is looked at once.
const within = new RegExp(String.raw`(?<![\w.@\\/:-])${path}(?![\w\\/])`, 'gi');

export const isPath = (text: string): boolean => whole.test(text);

/** A text in pieces: those that are paths, and what stands between them. */
export function splitAtPaths(text: string): readonly { readonly text: string; readonly path: boolean }[] {
  const pieces: { readonly text: string; readonly path: boolean }[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(within)) {
    pieces.push({ text: text.slice(at, index), path: false }, { text: found, path: true });
    at = index + found.length;
  }
  return [...pieces, { text: text.slice(at), path: false }].filter((piece) => piece.text !== '');
}
