import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionForksError } from '../../../src/core/errors.ts';
import { type SessionId, sessionId, type Transcript } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { storeFactories } from '../../../src/stores/index.ts';
import { writeCase } from './cases.ts';
import type { Home } from './homes.ts';
import { Random } from './random.ts';

export interface Found {
  readonly name: string;
  readonly error: unknown;
}

export interface Outcome {
  readonly cases: number;
  readonly sessions: number;
  readonly forks: number;
  readonly found: readonly Found[];
}

/** More of the processor's time is a hang; by the clock, a busy machine would decide. */
const limitMs = 2_000;
/** So many of a case's sessions are read and forked. */
const sessionsUsed = 6;
const secret = 'outside';
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

/** Lists, reads and forks every session of the cases from `first` on. A case's name is all that it takes to run it again. */
export async function fuzz(home: Home, first: number, count: number): Promise<Outcome> {
  const found: Found[] = [];
  let sessions = 0;
  let forks = 0;
  for (let number = first; number < first + count; number++) {
    const name = `${home.agent} ${number}`;
    try {
      const seen = await runCase(home, name);
      sessions += seen.sessions;
      forks += seen.forks;
    } catch (error) {
      found.push({ name, error });
    }
  }
  return { cases: count, sessions, forks, found };
}

async function runCase(
  home: Home,
  name: string,
): Promise<{ readonly sessions: number; readonly forks: number }> {
  const random = new Random(name);
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-fuzz-'));
  try {
    const inside = join(folder, 'a', 'home');
    const outside = join(folder, 'x');
    mkdirSync(inside, { recursive: true });
    writeFileSync(outside, secret);
    writeCase(home, inside, outside, random);
    const store = storeOf(home, inside);
    const seen = await useSome(store, random);
    await expectRefused(store, random);
    expectOutsideKept(folder, outside);
    return seen;
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

async function useSome(
  store: SessionStore,
  random: Random,
): Promise<{ readonly sessions: number; readonly forks: number }> {
  const listing = await inTime('list', store.list());
  JSON.stringify(listing);
  let forks = 0;
  const first = random.below(listing.sessions.length);
  for (const { ref } of listing.sessions.slice(first, first + sessionsUsed)) {
    const read = await clear(inTime('read', store.read(ref.id)));
    if (read) {
      forks += await forkOnce(store, ref.id, read);
    }
  }
  const again = await inTime('list again', store.list(listing.sessions));
  assert.ok(again.sessions.length >= listing.sessions.length, 'a session was lost');
  return { sessions: listing.sessions.length, forks };
}

/** A fork that is made must hold what was asked for. */
async function forkOnce(store: SessionStore, id: SessionId, { messages }: Transcript): Promise<number> {
  const keep = messages.findLastIndex((message) => message.kind === 'reply' && message.finished) + 1;
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  const cut = { keep, ...(last && { last }), ...(next && { next }) };
  const child = keep > 0 ? await clear(inTime('fork', store.fork(id, cut, 'A fork'))) : undefined;
  if (child === undefined) {
    return 0;
  }
  assert.equal((await store.read(child)).total, keep, 'a fork holds another number of messages');
  return 1;
}

async function expectRefused(store: SessionStore, random: Random): Promise<void> {
  const id = sessionId(badIds[random.below(badIds.length)] ?? '');
  for (const use of [
    () => store.read(id),
    () => store.fork(id, { keep: 0 }, 'x'),
    () => store.remove?.(id),
  ]) {
    const outcome = await clear(Promise.resolve(use()).then(() => 'done'));
    assert.ok(outcome === undefined || use.toString().includes('remove'), `${id} was taken for a session`);
  }
}

function expectOutsideKept(folder: string, outside: string): void {
  assert.equal(readFileSync(outside, 'utf8'), secret, 'a file outside was changed');
  assert.deepEqual(readdirSync(folder).sort(), ['a', 'x'], 'something was written outside');
  assert.deepEqual(readdirSync(join(folder, 'a')), ['home'], 'something was written outside');
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
