import type { FileEdit } from '../../core/model.ts';

const fileLine = /^\*\*\* (Add|Update|Delete) File: (.+)$/;

/** The edits of an `apply_patch` text: `*** Add|Update|Delete File: path`, then lines that begin with ` `, `+` or `-`. */
export function editsOf(patch: string): readonly FileEdit[] {
  const edits: { path: string; before: string[]; after: string[] }[] = [];
  for (const line of patch.split('\n')) {
    const path = fileLine.exec(line)?.[2];
    if (path !== undefined) {
      edits.push({ path, before: [], after: [] });
    } else if (!line.startsWith('***')) {
      addLine(edits.at(-1), line);
    }
  }
  return edits.map(({ path, before, after }) => ({
    path,
    before: before.join('\n'),
    after: after.join('\n'),
  }));
}

function addLine(
  edit: { readonly before: string[]; readonly after: string[] } | undefined,
  line: string,
): void {
  const mark = line[0];
  if (mark === ' ' || mark === '-') {
    edit?.before.push(line.slice(1));
  }
  if (mark === ' ' || mark === '+') {
    edit?.after.push(line.slice(1));
  }
}
