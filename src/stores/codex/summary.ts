import {
  type AgentId,
  type Lineage,
  type Problem,
  type SessionInfo,
  type SessionRef,
  sessionId,
} from '../../core/model.ts';
import { oneLine } from '../common/fields.ts';
import { startedBy } from '../common/subagents.ts';
import type { RolloutFile } from './folders.ts';
import type { History } from './history.ts';
import type { Damage, Mark, Outline } from './outline.ts';

/** One file of a session with all that it goes on from. */
export interface Tip {
  readonly file: RolloutFile;
  readonly outline: Outline;
  readonly history: History<Outline>;
  /** All messages of the history, oldest first. */
  readonly marks: readonly Mark[];
  /** How many of them stand in files of other sessions. */
  readonly foreign: number;
}

/** A session: its current file, and those that a rewind left behind. */
export interface Strand {
  readonly session: string;
  readonly tips: readonly Tip[];
  readonly current: Tip;
}

export function tipOf(file: RolloutFile, history: History<Outline>): Tip | undefined {
  const outline = history.stretches.at(-1)?.loaded;
  if (!outline) {
    return undefined;
  }
  const pieces = history.stretches.map(({ file: { session }, loaded, end }) => ({
    session,
    marks: end === undefined ? loaded.marks : loaded.marks.filter(({ start }) => start < end),
  }));
  const foreign = pieces.flatMap(({ session, marks }) => (session === file.session ? [] : marks)).length;
  return { file, outline, history, marks: pieces.flatMap(({ marks }) => marks), foreign };
}

/** What a list shows of a session: itself, then what rewinds left behind. `parent` is the strand it was forked from. */
export function summarise(
  agent: AgentId,
  strand: Strand,
  parent: Strand | undefined,
  name: string | undefined,
): readonly SessionInfo[] {
  const info = currentInfo(agent, strand, parent, name);
  const left = strand.tips.filter((tip) => tip !== strand.current);
  return [info, ...left.flatMap((tip) => leftInfo(info, strand, tip))];
}

/** The session that this one was forked from. A rewind begins a file whose first line does not repeat it. */
export const forkedFrom = ({ tips }: Pick<Strand, 'tips'>): string | undefined =>
  tips.map(({ outline }) => outline.header?.forkedFrom).find(Boolean);

function currentInfo(
  agent: AgentId,
  strand: Strand,
  parent: Strand | undefined,
  name: string | undefined,
): SessionInfo {
  const { current, tips, session } = strand;
  const lineage = forkLineage(agent, strand, parent);
  const created = tips[0]?.outline.header?.created ?? current.outline.modified;
  const cwd = current.outline.header?.cwd;
  const problem = problemOf(current);
  const title = oneLine(name ?? '');
  return {
    ref: { agent, id: sessionId(session) },
    title: title || promptAfter(current.marks, 0) || session.slice(0, 13),
    titled: title !== '',
    preview: promptAfter(current.marks, lineage?.messages ?? 0),
    ...(cwd === undefined ? {} : { cwd }),
    created,
    updated: Math.max(created, current.outline.updated ?? 0),
    messageCount: current.marks.length,
    size: current.outline.size,
    file: { path: current.file.path, stamp: current.outline.stamp },
    ...(lineage ? { lineage } : {}),
    ...(current.file.archived ? { archived: true } : {}),
    ...(problem ? { problem } : {}),
    ...(current.outline.openTurn ? { openTurn: true } : {}),
  };
}

/** Nothing when all of it lives on in the session: a rewind at the very end, or an empty file. */
function leftInfo(base: SessionInfo, { session, current }: Strand, tip: Tip): readonly SessionInfo[] {
  const kept = commonLength(current.marks, tip.marks);
  const own = tip.marks[kept];
  if (!own) {
    return [];
  }
  const { problem: _problem, openTurn: _openTurn, live: _live, ...shared } = base;
  return [
    {
      ...shared,
      ref: { agent: base.ref.agent, id: sessionId(`${session}~${tip.file.tip}`) },
      preview: promptAfter(tip.marks, kept),
      created: own.at ?? base.created,
      updated: tip.outline.updated ?? base.updated,
      messageCount: tip.marks.length,
      size: tip.outline.size,
      file: { path: tip.file.path, stamp: tip.outline.stamp },
      lineage: { parent: base.ref, kind: 'rewound', messages: kept, how: 'recorded' },
    },
  ];
}

/**
 * The parent is recorded; a subagent's run has the session that started it. What was kept stands in the parent's files,
 * or, in a self-contained copy, is what it has in common with any of them; without the parent, what is older than the
 * fork itself.
 */
function forkLineage(agent: AgentId, strand: Strand, parent: Strand | undefined): Lineage | undefined {
  const id = forkedFrom(strand);
  const starter = strand.current.outline.header?.startedBy;
  if (starter !== undefined) {
    return startedBy({ agent, id: sessionId(starter) }, id === starter ? keptMessages(strand, parent) : 0);
  }
  if (id === undefined || id === strand.session) {
    return undefined;
  }
  const ref: SessionRef = { agent, id: sessionId(id) };
  return { parent: ref, kind: 'fork', messages: keptMessages(strand, parent), how: 'recorded' };
}

function keptMessages({ current, tips }: Strand, parent: Strand | undefined): number {
  if (tips.some(({ outline, foreign }) => outline.header?.base !== undefined && foreign > 0)) {
    return current.foreign;
  }
  if (parent) {
    return Math.max(...parent.tips.map((tip) => commonLength(tip.marks, current.marks)));
  }
  const begun = tips[0]?.outline.header?.created ?? 0;
  const own = current.marks.findIndex(({ at }) => at !== undefined && at >= begun);
  return own === -1 ? current.marks.length : own;
}

function commonLength(a: readonly Mark[], b: readonly Mark[]): number {
  const differs = a.findIndex(({ id }, index) => b[index]?.id !== id);
  return differs === -1 ? a.length : differs;
}

const promptAfter = (marks: readonly Mark[], count: number): string =>
  marks.slice(count).find(({ prompt }) => prompt !== undefined)?.prompt ?? '';

const damageTexts: Readonly<Record<Damage['kind'], string>> = {
  closed: 'The file cannot be opened.',
  empty: 'The file is empty.',
  no_header: 'The first line does not say which session this is. Codex does not list it.',
  unreadable: 'Line % cannot be read. Codex passes over it.',
  torn: 'Line %, the last one, breaks off in the middle.',
  ordinal: 'Line % does not count on from the line before: something may be missing there.',
  other_session: 'The first line names another session than the name of the file.',
};

function problemOf({ outline, history, marks }: Tip): Problem | undefined {
  if (history.missing !== undefined) {
    return {
      text: `What came before is gone: it stood in ${history.missing}.`,
      line: 1,
      readable: marks.length,
    };
  }
  if (history.circle) {
    return {
      text: 'The files of this session name each other as what came before.',
      line: 1,
      readable: marks.length,
    };
  }
  const short = history.stretches.find(({ loaded, end }) => end !== undefined && end > loaded.size);
  if (short) {
    return {
      text: `${short.file.path} is shorter than what this session keeps of it.`,
      readable: marks.length,
    };
  }
  return damageProblem(outline.damage, marks);
}

function damageProblem(damage: Damage | undefined, marks: readonly Mark[]): Problem | undefined {
  return (
    damage && {
      text: damageTexts[damage.kind].replace('%', String(damage.line)),
      line: damage.line,
      readable: marks.length,
    }
  );
}
