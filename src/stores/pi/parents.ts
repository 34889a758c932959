import { textOf, timeOf } from '../common/fields.ts';
import type { Placed } from '../common/placed.ts';
import { idInName, type TranscriptFile } from './folders.ts';
import { scanOutline } from './records.ts';
import type { SessionFile } from './summary.ts';

/** The session that a fork began as a copy of, and how many of its messages the fork still begins with. */
export interface Origin {
  readonly parent: string;
  readonly messages: number;
}

interface ParentFile {
  readonly id: string;
  readonly recordIds: ReadonlySet<string>;
}

/** Finds where sessions came from. Each parent is read once. */
export class Parents {
  readonly #byPath: ReadonlyMap<string, TranscriptFile>;
  readonly #byId: ReadonlyMap<string, TranscriptFile>;
  readonly #read = new Map<string, Promise<ParentFile | undefined>>();

  constructor(files: readonly TranscriptFile[]) {
    this.#byPath = new Map(files.map((file) => [file.path, file]));
    this.#byId = new Map(files.map((file) => [file.id, file]));
  }

  /**
   * By `parentSession` of the header (pi 1.5.2): an absolute path, or after a move the id in its name. A fork keeps the
   * ids of its records, so that the messages in common are the inherited ones.
   */
  async originOf({ raw, active }: SessionFile): Promise<Origin | undefined> {
    const path = textOf(raw.header?.parentSession);
    if (!path) {
      return undefined;
    }
    const named = idInName(path.split(/[/\\]/).at(-1) ?? path);
    const file = this.#byPath.get(path) ?? this.#byId.get(named);
    const parent = file && (await this.#parentAt(file));
    const forkedAt = timeOf(raw.header?.timestamp);
    const common = parent ? leading(active.messages, ({ message }) => parent.recordIds.has(message.id)) : 0;
    return {
      parent: parent?.id ?? named,
      // A parent that is gone, or was written anew with other ids, leaves the times: copied records keep theirs.
      messages: common || leading(active.messages, ({ message }) => isBefore(message.at, forkedAt)),
    };
  }

  #parentAt(file: TranscriptFile): Promise<ParentFile | undefined> {
    const known = this.#read.get(file.path) ?? readParent(file);
    this.#read.set(file.path, known);
    return known;
  }
}

async function readParent(file: TranscriptFile): Promise<ParentFile | undefined> {
  const raw = await scanOutline(file.path).catch(() => undefined);
  return (
    raw && { id: textOf(raw.header?.id) ?? file.id, recordIds: new Set(raw.records.map(({ id }) => id)) }
  );
}

function leading(messages: readonly Placed[], isInherited: (placed: Placed) => boolean): number {
  const own = messages.findIndex((placed) => !isInherited(placed));
  return own < 0 ? messages.length : own;
}

const isBefore = (at: number | undefined, time: number | undefined): boolean =>
  at !== undefined && time !== undefined && at < time;
