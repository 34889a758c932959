import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { SessionForksError } from '../../../src/core/errors.ts';
import { type Message, type SessionId, sessionId, type Transcript } from '../../../src/core/model.ts';
import type { ForkCut, SessionStore } from '../../../src/core/store.ts';
import { temporaryPrefix } from '../../../src/stores/common/temporaries.ts';
import { storeFactories } from '../../../src/stores/index.ts';
import { writeCase } from './cases.ts';
import { usesOutside } from './guard.ts';
import type { Home } from './homes.ts';
import { Random } from './random.ts';

/** How much of a case could be used: nothing is proven by cases in which all is refused. */
export interface Used {
  readonly sessions: number;
  readonly reads: number;
  readonly forks: number;
}

/** More of the processor's time is a hang; by the clock, a busy machine would decide. */
const limitMs = 2_000;
/** So many of a case's sessions are read and forked. */
const sessionsUsed = 6;
const badIds = [
  '../../x',
  '..',
  '',
  '/',
  'a/b',
  'C:\\x',
  '\0',
  '%2e%2e/x',
  '~',
  'x~../../y',
  `../${'x'.repeat(300)}`,
];

/**
 * Lists, reads and forks the sessions of one case, which `number` names for good. Throws when the store breaks, takes too
 * long, leaves its folder, or changes what was there.
 */
export async function runCase(home: Home, number: number): Promise<Used> {
  const random = new Random(`${home.agent} ${number}`);
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-fuzz-'));
  try {
    const inside = join(folder, 'a', 'home');
    const outside = join(folder, 'out', basename([...home.transcripts.keys()][0] ?? 'x.db'));
    writeCase(home, { inside, outside }, number, random);
    const before = bytesBelow(folder);
    let used: Used = { sessions: 0, reads: 0, forks: 0 };
    const store = storeOf(home, inside);
    // A folder of sessions may itself be a link: that is the person's choice.
    const roots = [inside, ...store.watchRoots().map(({ path }) => path)];
    const strayed = await usesOutside(roots, async () => {
      used = await useSome(store, random);
      await expectRefused(store, random);
    });
    assert.deepEqual(strayed, [], 'something outside of its folder was used');
    expectKept(before, bytesBelow(folder), roots);
    return used;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function storeOf(home: Home, folder: string): SessionStore {
  const environment = {
    home: folder,
    variables: { PATH: '' },
    folders: { [home.agent]: join(folder, home.root) },
  };
  const store = storeFactories.map((make) => make(environment)).find((made) => made.agent.id === home.agent);
  assert.ok(store, `there is no agent ${home.agent}`);
  return store;
}

async function useSome(store: SessionStore, random: Random): Promise<Used> {
  const listing = await inTime('list', store.list());
  JSON.stringify(listing);
  let reads = 0;
  let forks = 0;
  const first = random.below(listing.sessions.length);
  for (const { ref } of listing.sessions.slice(first, first + sessionsUsed)) {
    const read = await clear(inTime('read', store.read(ref.id)));
    if (read) {
      reads++;
      await expectSameStretch(store, ref.id, read, random);
      forks += await forkOnce(store, ref.id, read.messages, random);
    }
  }
  const again = await inTime('list again', store.list(listing.sessions));
  assert.ok(again.sessions.length >= listing.sessions.length + forks, 'a session was lost');
  return { sessions: listing.sessions.length, reads, forks };
}

/** The last messages alone, or some in the middle, are those that the whole session holds there. */
async function expectSameStretch(
  store: SessionStore,
  id: SessionId,
  { messages }: Transcript,
  random: Random,
): Promise<void> {
  const [from, length] = [random.below(messages.length + 1), random.below(4)];
  const range = random.below(2) === 0 ? { last: length } : { from, to: from + length };
  const read = await inTime('read a stretch', store.read(id, range));
  assert.equal(read.total, messages.length, 'a stretch counts other messages');
  const end = read.first + read.messages.length;
  assert.deepEqual(read.messages, messages.slice(read.first, end), 'a stretch holds other messages');
}

/** A fork that is made must hold what was asked for; one at a message that stands elsewhere must not be made. */
async function forkOnce(
  store: SessionStore,
  id: SessionId,
  messages: readonly Message[],
  random: Random,
): Promise<number> {
  const ends = messages.flatMap((message, index) =>
    message.kind === 'reply' && message.finished ? [index + 1] : [],
  );
  const keep = ends[random.below(ends.length)];
  if (keep === undefined) {
    return 0;
  }
  const isMoved = random.below(8) === 0 && keep > 1;
  const cut = isMoved ? { ...cutAfter(messages, keep), keep: keep - 1 } : cutAfter(messages, keep);
  const child = await clear(inTime('fork', store.fork(id, cut, 'A fork')));
  assert.ok(!(child && isMoved), 'a fork was made at a message that is not the last one kept');
  if (child === undefined) {
    return 0;
  }
  assert.equal((await store.read(child)).total, keep, 'a fork holds another number of messages');
  return 1;
}

function cutAfter(messages: readonly Message[], keep: number): ForkCut {
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last && { last }), ...(next && { next }) };
}

/** In a mutated database a row may bear such an id: then it is a session's, and no path. */
async function expectRefused(store: SessionStore, random: Random): Promise<void> {
  const id = sessionId(badIds[random.below(badIds.length)] ?? '');
  if ((await store.list()).sessions.some(({ ref }) => ref.id === id)) {
    return;
  }
  for (const use of [() => store.read(id), () => store.fork(id, { keep: 0 }, 'x')]) {
    assert.equal(await clear(use().then(() => 'done')), undefined, `${id} was taken for a session`);
  }
  await clear(Promise.resolve(store.remove?.(id)));
}

/** Every file below a folder and the hash of its bytes; links, pipes and folders count by their names. */
function bytesBelow(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    found.set(path, entry.isFile() ? createHash('sha1').update(readFileSync(path)).digest('hex') : '');
    for (const [below, hash] of entry.isDirectory() ? bytesBelow(path) : []) {
      found.set(below, hash);
    }
  }
  return found;
}

/** Files that a store adds a line to when it names a fork. */
const grows = /session_index\.jsonl$/;

function expectKept(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  roots: readonly string[],
): void {
  for (const [path, hash] of before) {
    assert.ok(after.has(path), `${path} is gone`);
    assert.ok(after.get(path) === hash || grows.test(path), `${path} was changed`);
  }
  const added = [...after.keys()].filter((path) => !before.has(path));
  const places = roots.filter((root) => existsSync(root)).map((root) => realpathSync(root));
  const stray = added.filter(
    (path) =>
      !places.some((place) => path.startsWith(place + sep)) || basename(path).startsWith(temporaryPrefix),
  );
  assert.deepEqual(stray, [], 'something was left behind');
}

/** Undefined for an error that says what is wrong; any other is thrown on. */
async function clear<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SessionForksError) {
      return undefined;
    }
    throw error;
  }
}

async function inTime<Value>(what: string, work: Promise<Value>): Promise<Value> {
  const start = process.cpuUsage();
  const value = await work;
  const { user, system } = process.cpuUsage(start);
  const took = (user + system) / 1000;
  assert.ok(took < limitMs, `${what} took ${Math.round(took)} ms`);
  return value;
}
