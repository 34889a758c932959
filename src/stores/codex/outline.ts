import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { oneLine } from '../common/fields.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import type { RolloutFile } from './folders.ts';
import { conversationIn, type PlacedInTurn } from './messages.ts';
import { turnStarts } from './reader.ts';
import { type CodexRecord, type Header, type Rollout, scanEnd, scanOutline } from './records.ts';

/** What a list needs of one message. `start` is the byte in its file where it begins. */
export interface Mark {
  readonly id: string;
  readonly start: number;
  readonly at?: number;
  /** The first words of a prompt; undefined for a reply. */
  readonly prompt?: string;
}

/** What a list needs of one file, whatever it goes on from. */
export interface Outline {
  readonly header?: Omit<Header, 'json' | 'payload'>;
  readonly marks: readonly Mark[];
  readonly openTurn: boolean;
  readonly size: number;
  readonly stamp: string;
  readonly modified: number;
  readonly updated?: number;
  readonly damage?: Damage;
  /** Where the last turn of a paginated file begins, and how many marks stand before it. */
  readonly lastTurn?: { readonly start: number; readonly marks: number };
}

/** What is wrong inside a file. `line` is 1-based. */
export interface Damage {
  readonly kind: 'closed' | 'empty' | 'no_header' | 'unreadable' | 'torn' | 'ordinal' | 'other_session';
  readonly line: number;
}

type Content = Omit<Outline, 'stamp' | 'modified'>;

/** Reads the outlines of files: each one again only when its stamp has changed, a grown one from its last turn on. */
export class Outlines {
  readonly #known = new Map<string, Outline>();

  /** Throws ENOENT only: a file that may not be read is damaged, and tried again the next time. */
  async load(file: RolloutFile): Promise<Outline> {
    const stats = await stat(file.path);
    const stamp = stampOf(stats);
    const known = this.#known.get(file.path);
    if (known?.stamp === stamp) {
      return known;
    }
    const place = { stamp, modified: stats.mtimeMs };
    try {
      const content = (await grown(known, file, stats)) ?? outlineOf(await scanOutline(file.path), file);
      const outline = { ...content, ...place };
      this.#known.set(file.path, outline);
      return outline;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) {
        throw error;
      }
      return { ...place, marks: [], openTurn: false, size: stats.size, damage: { kind: 'closed', line: 1 } };
    }
  }

  /** Forgets all files but these. */
  keep(files: readonly RolloutFile[]): void {
    const paths = new Set(files.map(({ path }) => path));
    for (const path of this.#known.keys()) {
      if (!paths.has(path)) {
        this.#known.delete(path);
      }
    }
  }
}

/** The outline of a file that has only grown, read from its last turn on; undefined when it must be read whole. */
async function grown(
  known: Outline | undefined,
  file: RolloutFile,
  stats: Stats,
): Promise<Content | undefined> {
  if (
    !known?.lastTurn ||
    known.damage ||
    !known.stamp.startsWith(`${stats.ino}:`) ||
    stats.size < known.size
  ) {
    return undefined;
  }
  const { start, marks } = known.lastTurn;
  const end = await scanEnd(file.path, start);
  const isSameTurn = end.records[0]?.start === start && turnStarts.has(end.records[0].payload.type);
  if (!isSameTurn || end.bad.length > 0 || ordinalDamage(end.records)) {
    return undefined;
  }
  const { header } = known;
  const before = known.marks.slice(0, marks);
  return { ...contentOf(end, before), ...(header ? { header } : {}) };
}

function outlineOf(rollout: Rollout, file: RolloutFile): Content {
  const { header } = rollout;
  const damage = damageOf(rollout, file);
  return {
    ...(header ? { header: withoutJson(header) } : {}),
    ...contentOf(rollout, []),
    ...(damage ? { damage } : {}),
  };
}

/** The marks of the records behind those that are known already. */
function contentOf(rollout: Rollout, before: readonly Mark[]): Content {
  const { records, stats, header } = rollout;
  const { messages, openTurn } = conversationIn(rollout);
  const updated = records.findLast(({ at }) => at !== undefined)?.at ?? header?.created;
  const marks = [...before, ...messages.map((placed) => markOf(placed, records))];
  const turn = records.findLast(
    ({ type, payload, ordinal }) =>
      ordinal !== undefined && type === 'event_msg' && turnStarts.has(payload.type),
  );
  return {
    marks,
    openTurn,
    size: stats.size,
    ...(updated === undefined ? {} : { updated }),
    ...(turn
      ? { lastTurn: { start: turn.start, marks: marks.filter(({ start }) => start < turn.start).length } }
      : {}),
  };
}

function markOf({ message, start }: PlacedInTurn, records: readonly CodexRecord[]): Mark {
  return {
    id: message.id,
    start: records[start]?.start ?? 0,
    ...(message.at === undefined ? {} : { at: message.at }),
    ...(message.kind === 'prompt' ? { prompt: oneLine(message.text) } : {}),
  };
}

/** The first line is some 22 KB, most of it instructions that no list needs. */
function withoutJson({
  json: _json,
  payload: _payload,
  ...header
}: Header): Omit<Header, 'json' | 'payload'> {
  return header;
}

function damageOf({ header, records, bad, stats }: Rollout, file: RolloutFile): Damage | undefined {
  if (stats.size === 0) {
    return { kind: 'empty', line: 1 };
  }
  if (!header) {
    return { kind: 'no_header', line: 1 };
  }
  if (header.id !== undefined && header.id !== file.session) {
    return { kind: 'other_session', line: 1 };
  }
  const [fault] = bad;
  return fault ? { kind: fault.torn ? 'torn' : 'unreadable', line: fault.number } : ordinalDamage(records);
}

/** In a paginated file each record counts one on from the one before. */
function ordinalDamage(records: readonly CodexRecord[]): Damage | undefined {
  const [first] = records;
  const odd = records.find(
    ({ ordinal }, index) =>
      (ordinal === undefined) !== (first?.ordinal === undefined) ||
      (ordinal !== undefined && index > 0 && ordinal !== (records[index - 1]?.ordinal ?? 0) + 1),
  );
  return odd && { kind: 'ordinal', line: odd.line };
}
