import type { Problem } from '../../core/model.ts';
import { textOf, timeOf } from '../common/fields.ts';
import { type Chain, isMessage, type RecordTree } from './chain.ts';
import { projectName, type TranscriptFile } from './folders.ts';
import type { Fault, RawTranscript } from './records.ts';

// What the agent does with each is seen on @qwen-code/qwen-code 0.24.4 and named so in the text.
const agent = 'Qwen Code 0.24.4';

/** The gravest damage of a transcript, or undefined when the agent resumes all of it. */
export function findProblem(
  file: TranscriptFile,
  raw: RawTranscript,
  tree: RecordTree,
  chain: Chain,
): Problem | undefined {
  const found =
    emptyFile(raw) ??
    sessionIds(file, raw) ??
    firstRecord(file, raw) ??
    brokenChain(raw, chain) ??
    faultyLine(raw);
  if (!found) {
    return undefined;
  }
  const { line } = found;
  const readable = [...tree.nodes.values()].filter(
    (node) => isMessage(node) && node.line < (line ?? Infinity),
  );
  return { ...found, readable: readable.length };
}

function emptyFile(raw: RawTranscript): Problem | undefined {
  return raw.records.length === 0
    ? { text: `The file holds no record that can be read. ${agent} cannot resume it.`, line: 1 }
    : undefined;
}

function sessionIds(file: TranscriptFile, { records }: RawTranscript): Problem | undefined {
  const [first] = records;
  const other = records.find((record) => record.session !== first?.session);
  if (other) {
    return {
      text: `Line ${other.line} belongs to another session than line ${first?.line ?? 1}. ${agent} crashes when it resumes a file of two sessions.`,
      line: other.line,
    };
  }
  return first && first.session !== file.id
    ? {
        text: `The records belong to session ${first.session}, the file's name says ${file.id}. ${agent} refuses to load it over ACP.`,
        line: first.line,
      }
    : undefined;
}

function firstRecord(file: TranscriptFile, { first }: RawTranscript): Problem | undefined {
  const cwd = textOf(first?.cwd);
  if (cwd === undefined) {
    return {
      text: `The first record names no folder. ${agent} crashes on it and lists no session of this project.`,
      line: 1,
    };
  }
  if (timeOf(first?.timestamp) === undefined) {
    return { text: `The first record has no time. ${agent} crashes when it lists this project.`, line: 1 };
  }
  return belongsTo(cwd, file.project)
    ? undefined
    : {
        text: `The first record names ${cwd}, which is not the folder that the file is kept for. ${agent} says "No saved session found".`,
        line: 1,
      };
}

/** Whether the agent takes a session of this folder as one of the project: the folder itself, or a worktree of it. */
export function belongsTo(cwd: string, project: string): boolean {
  const worktrees = cwd.search(/[/\\]\.qwen[/\\]worktrees[/\\]/);
  const names = [projectName(cwd), ...(worktrees > 0 ? [projectName(cwd.slice(0, worktrees))] : [])];
  return names.some((name) => name === project || name.toLowerCase() === project);
}

function brokenChain({ faults, records }: RawTranscript, { gap, cycle }: Chain): Problem | undefined {
  if (cycle) {
    return { text: `Records name each other as parents in a circle. ${agent} begins at an arbitrary one.` };
  }
  if (!gap) {
    return undefined;
  }
  const cause =
    faults.find((fault) => fault.uuid !== undefined && fault.uuid === gap.parent) ??
    faults.findLast((fault) => fault.line < gap.line && fault.kind !== 'unknown_type');
  const isFirst = records[0]?.line === gap.line;
  return {
    text: `${cause ? faultText(cause) : `Line ${gap.line} follows a record that is missing.`} ${agent} ${isFirst ? 'begins here' : 'forgets what came before'}.`,
    line: cause?.line ?? gap.line,
  };
}

function faultyLine({ faults }: RawTranscript): Problem | undefined {
  const [fault] = faults;
  return fault && { text: `${faultText(fault)} ${agent} passes over it.`, line: fault.line };
}

function faultText({ line, kind, type }: Fault): string {
  switch (kind) {
    case 'unreadable':
      return `Line ${line} cannot be read.`;
    case 'torn':
      return `Line ${line}, the last one, breaks off in the middle.`;
    case 'no_identity':
      return `Line ${line} holds a record without its ids.`;
    case 'unknown_type':
      return `Line ${line} holds a record of the unknown type "${type ?? ''}".`;
  }
}
