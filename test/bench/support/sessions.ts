import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

/** What a generated store holds: `count` sessions of about `bytes` each, spread over some projects. */
export interface StoreShape {
  readonly count: number;
  readonly bytes: number;
}

/** One generated session: where it lies, the record that ends the reply in its middle, and a line that may come next. */
export interface MadeSession extends Written {
  readonly id: string;
  readonly path: string;
}

interface Written {
  readonly middle: string;
  readonly next: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** How one agent writes: where a session lies below its folder, and the records of one turn. */
export interface Format {
  path(folder: string, project: string, session: string): string;
  cwd(project: string): string;
  /** The first line of a file, where the agent writes one of its own. */
  head?(session: string, cwd: string, timestamp: string): Fields;
  turn(link: Link, number: number): readonly Fields[];
  /** A record of its fields and its place, in the order in which the agent writes them. */
  record(place: Place, fields: Fields): Fields;
  title(link: Link, title: string): Fields;
}

/** Where a record stands: own id, parent, time and, for a copied one, its source. */
export interface Place {
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly timestamp: string;
  readonly cwd: string;
  readonly sessionId: string;
  readonly forkedFrom?: Fields;
}

/** Gives each record of a session its place. */
export interface Link {
  readonly session: string;
  next(fields: Fields): Fields;
}

const projects = 20;
const start = Date.UTC(2026, 0, 1);
/** Every fifth session is a fork of the one before it: a list has to tell its parent and fork point. */
const forkEvery = 5;

/** A session's id by its number: stores come out the same on every machine. */
export const idOf = (number: number, kind = 0): string =>
  `${number.toString(16).padStart(8, '0')}-0000-4000-8000-${kind.toString(16).padStart(12, '0')}`;

/** Writes a store below `folder`; its sessions come in the order they were written. */
export async function makeStore(
  format: Format,
  folder: string,
  shape: StoreShape,
): Promise<readonly MadeSession[]> {
  const made: MadeSession[] = [];
  for (let number = 0; number < shape.count; number++) {
    made.push(await makeSession(format, folder, number, shape.bytes));
  }
  return made;
}

async function makeSession(
  format: Format,
  folder: string,
  number: number,
  bytes: number,
): Promise<MadeSession> {
  const project = `/srv/dev/project-${number % projects}`;
  const id = idOf(number);
  const path = format.path(folder, project, id);
  await mkdir(join(path, '..'), { recursive: true });
  const file = await open(path, 'w');
  try {
    return { id, path, ...(await writeTurns(format, file, { number, project, bytes })) };
  } finally {
    await file.close();
  }
}

interface Wanted {
  readonly number: number;
  readonly project: string;
  readonly bytes: number;
}

const blockBytes = 1 << 20;

async function writeTurns(
  format: Format,
  file: { appendFile(text: string): Promise<void> },
  { number, project, bytes }: Wanted,
): Promise<Written> {
  const copied = number % forkEvery === forkEvery - 1 ? 3 : 0;
  const source = copied > 0 ? idOf(number - 1) : undefined;
  let middle = '';
  let written = 0;
  const cwd = format.cwd(project);
  const head = format.head?.(idOf(number), cwd, timeOf(number, 0));
  let block = head ? `${JSON.stringify(head)}\n` : '';
  const link = linked(format, number, cwd);
  for (let turn = 0; written < bytes; turn++) {
    for (const record of format.turn(link(turn < copied ? source : undefined), turn)) {
      const line = `${JSON.stringify(record)}\n`;
      written += line.length;
      block += line;
      middle = written < bytes / 2 || middle === '' ? String(record.uuid) : middle;
    }
    if (block.length > blockBytes) {
      await file.appendFile(block);
      block = '';
    }
  }
  const titled = (title: string): string => `${JSON.stringify(format.title(link(undefined), title))}\n`;
  await file.appendFile(number % 3 === 0 ? block + titled(`Task ${number}`) : block);
  return { middle, next: titled('Another name') };
}

const timeOf = (session: number, record: number): string =>
  new Date(start + session * 60_000 + record * 1_000).toISOString();

function linked(format: Format, number: number, cwd: string): (source: string | undefined) => Link {
  const session = idOf(number);
  let records = 0;
  let parent: string | null = null;
  return (source) => ({
    session,
    next: (fields) => {
      records++;
      const uuid = idOf(number, records);
      const place = {
        uuid,
        parentUuid: parent,
        timestamp: timeOf(number, records),
        cwd,
        sessionId: session,
        ...(source && { forkedFrom: { sessionId: source, messageUuid: uuid } }),
      };
      parent = uuid;
      return format.record(place, fields);
    },
  });
}

const words = 'the test reads a "quoted" path like src\\core and prints one line of output for each file\n';

/** Text of about this many characters, with what JSON must escape. */
export const filler = (length: number): string =>
  words.repeat(Math.ceil(length / words.length)).slice(0, length);
