import { structuredPatch } from 'diff';
import type { FileEdit } from '../protocol.ts';

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  /** The line's number in the file (from 1), where it is known. */
  readonly number?: number;
  readonly text: string;
}

export interface LineDiff {
  /** One stretch of lines each, with some unchanged lines around. */
  readonly hunks: readonly (readonly DiffLine[])[];
  readonly added: number;
  readonly removed: number;
}

/** Unchanged lines shown around a change. */
const context = 2;
/** Texts that differ in more lines than this are shown as replaced as a whole. */
const mostEdits = 2000;

const known = new WeakMap<FileEdit, LineDiff>();

/** What an edit changed, line by line. */
export function lineDiff(edit: FileEdit): LineDiff {
  const diff = known.get(edit) ?? compute(edit);
  known.set(edit, diff);
  return diff;
}

/** Lines added and removed by all edits of a tool call. */
export function countLines(edits: readonly FileEdit[]): { readonly added: number; readonly removed: number } {
  return edits
    .map(lineDiff)
    .reduce((sum, { added, removed }) => ({ added: sum.added + added, removed: sum.removed + removed }), {
      added: 0,
      removed: 0,
    });
}

function compute(edit: FileEdit): LineDiff {
  const patch = structuredPatch('', '', withEnd(edit.before), withEnd(edit.after), '', '', {
    context,
    maxEditLength: mostEdits,
  });
  const offset = edit.before === '' ? 0 : edit.line === undefined ? undefined : edit.line - 1;
  const hunks = patch
    ? patch.hunks.map((hunk) => toLines(hunk.lines, hunk.oldStart, hunk.newStart, offset))
    : [replaced(edit)];
  const all = hunks.flat();
  return {
    hunks,
    added: all.filter((line) => line.kind === 'added').length,
    removed: all.filter((line) => line.kind === 'removed').length,
  };
}

// A missing newline at the end is no change that a person cares for.
const withEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

function toLines(
  lines: readonly string[],
  oldStart: number,
  newStart: number,
  offset: number | undefined,
): readonly DiffLine[] {
  let before = oldStart;
  let after = newStart;
  return lines
    .filter((line) => !line.startsWith('\\'))
    .map((line) => {
      const kind = kindOf(line);
      const number = kind === 'removed' ? before : after;
      before += kind === 'added' ? 0 : 1;
      after += kind === 'removed' ? 0 : 1;
      return { kind, ...(offset !== undefined && { number: number + offset }), text: line.slice(1) };
    });
}

function kindOf(line: string): DiffLine['kind'] {
  if (line.startsWith('+')) {
    return 'added';
  }
  return line.startsWith('-') ? 'removed' : 'same';
}

function replaced({ before, after }: FileEdit): readonly DiffLine[] {
  return [
    ...linesOf(before).map((text) => ({ kind: 'removed' as const, text })),
    ...linesOf(after).map((text) => ({ kind: 'added' as const, text })),
  ];
}

const linesOf = (text: string): readonly string[] =>
  text === '' ? [] : withEnd(text).slice(0, -1).split('\n');
