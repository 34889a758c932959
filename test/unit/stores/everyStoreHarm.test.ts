import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import type { Catalog } from '../../../src/core/catalog.ts';
import type { SessionInfo } from '../../../src/core/model.ts';
import { agents, Machine, withDatabase } from './everyStoreMachine.ts';

/** What harms one agent's sessions, and what its store says of it; an empty text: nothing is wrong. */
interface Harm {
  readonly what: string;
  readonly does: (machine: Machine, agent: string) => Disposable | undefined;
  readonly says: (agent: string) => RegExp;
  /** How many of the agent's sessions are listed still. */
  readonly keeps: 'none' | 'all' | 'the others';
  readonly to?: readonly string[];
}

const sql = (path: string, text: string): DatabaseSync => {
  const database = new DatabaseSync(path);
  database.exec(text);
  return database;
};

const hasDatabase = (agent: string): boolean => withDatabase.includes(agent);
const files = agents.filter((agent) => !hasDatabase(agent));

const changeSchema = (machine: Machine, agent: string): undefined => {
  const table = agent === 'moltis' ? 'sessions' : agent === 'goose' ? 'messages' : 'message';
  const column = { moltis: 'updated_at', goose: 'role' }[agent] ?? 'data';
  sql(machine.file(agent), `ALTER TABLE ${table} RENAME COLUMN ${column} TO elsewhere`).close();
};

/** More than the cache holds, so that the journal is written before the end. */
const lock = (machine: Machine, agent: string): Disposable => {
  const other = sql(
    machine.file(agent),
    `PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN EXCLUSIVE; CREATE TABLE big (x);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
     INSERT INTO big SELECT randomblob(1000) FROM n`,
  );
  return { [Symbol.dispose]: () => other.close() };
};

const nothing = /^$/;

const harms: readonly Harm[] = [
  {
    what: 'another schema',
    does: changeSchema,
    says: () => /lacks (updated_at|role|data)/,
    keeps: 'none',
    to: withDatabase,
  },
  {
    what: 'a locked database',
    does: lock,
    says: () => /database is locked/,
    keeps: 'none',
    to: withDatabase,
  },
  {
    what: 'words that are no session',
    does: (machine, agent) => void writeFileSync(machine.file(agent), 'no session at all\n'.repeat(99)),
    says: (agent) => (hasDatabase(agent) ? /not a database/ : /lines?|record/i),
    keeps: 'the others',
  },
  {
    what: 'a file of 0 bytes',
    does: (machine, agent) => void truncateSync(machine.file(agent)),
    says: (agent) => (hasDatabase(agent) ? /is empty/ : /empty|record|header/),
    keeps: 'the others',
  },
  {
    what: 'a folder in the place of its file',
    does: (machine, agent) => {
      rmSync(machine.file(agent));
      mkdirSync(machine.file(agent));
    },
    // Codex looks for files only: what is no file is none of its sessions.
    says: (agent) => (agent === 'codex' ? nothing : /cannot be read/),
    keeps: 'the others',
  },
  {
    // Nobody is refused a folder when the tests run as root; a link to itself cannot be read by anyone.
    what: 'a place that may not be read',
    does: (machine, agent) => {
      const place = hasDatabase(agent) ? machine.file(agent) : machine.root(agent);
      rmSync(place, { recursive: true });
      symlinkSync(place, place);
    },
    says: () => /ELOOP/,
    keeps: 'none',
  },
  {
    what: 'no folder at all',
    does: (machine, agent) => void rmSync(machine.root(agent), { recursive: true }),
    says: () => nothing,
    keeps: 'none',
  },
  {
    what: 'a newer version, with records that are not known yet',
    does: (machine, agent) =>
      void appendFileSync(machine.file(agent), '{"type":"hologram","version":99,"id":"h1"}\n'),
    says: () => /^(Line \d+ .*)?$/,
    keeps: 'all',
    to: files,
  },
  {
    what: 'a newer version, with columns and tables that are not known yet',
    does: (machine, agent) => {
      const table = agent === 'opencode' ? 'session' : 'sessions';
      const text = `ALTER TABLE ${table} ADD COLUMN mood TEXT; CREATE TABLE hologram (x)`;
      sql(machine.file(agent), text).close();
      return undefined;
    },
    says: () => nothing,
    keeps: 'all',
    to: withDatabase,
  },
];

const of = (catalog: Catalog, agent: string): readonly SessionInfo[] =>
  catalog.sessions().filter(({ ref }) => ref.agent === agent);

/** What a person sees of them; a copy of a file has other times and another stamp. */
const shown = (catalog: Catalog, agent: string) =>
  of(catalog, agent).map(({ ref, title, preview, messageCount, lineage, problem }) => ({
    ref,
    title,
    preview,
    messageCount,
    lineage,
    problem,
  }));

/** What is wrong with an agent as a whole and with each of its sessions. */
const problemsOf = (catalog: Catalog, agent: string): readonly string[] => [
  ...catalog
    .problems()
    .filter((problem) => problem.agent.id === agent)
    .map(({ problem }) => problem.text),
  ...of(catalog, agent).flatMap(({ problem }) => (problem ? [problem.text] : [])),
];

describe('Harm to one agent', { timeout: 120_000 }, () => {
  let machine: Machine;
  let well: Catalog;

  before(async () => {
    machine = new Machine();
    well = await machine.list();
    assert.deepEqual(
      agents.filter((agent) => of(well, agent).length < 2),
      [],
      'an agent has no sessions to be harmed',
    );
  });

  after(() => machine[Symbol.dispose]());

  for (const { what, does, says, keeps, to = agents } of harms) {
    for (const agent of to) {
      it(`${what}: ${agent} says so or has no data, the others are unharmed`, async () => {
        const held = does(machine, agent);
        try {
          const catalog = await machine.list();
          const before = problemsOf(well, agent);
          const told = problemsOf(catalog, agent).filter((text) => !before.includes(text));
          assert.match(told.join('\n'), says(agent));
          assert.equal(
            problemsOf(catalog, agent).length,
            told.length + (keeps === 'none' ? 0 : before.length),
          );
          assertKept(
            of(catalog, agent),
            of(well, agent),
            hasDatabase(agent) && keeps === 'the others' ? 'none' : keeps,
          );
          for (const other of agents.filter((name) => name !== agent)) {
            assert.deepEqual(shown(catalog, other), shown(well, other), `${other} was harmed`);
            assert.deepEqual(problemsOf(catalog, other), problemsOf(well, other));
          }
        } finally {
          held?.[Symbol.dispose]();
          machine.restore(agent);
        }
      });
    }
  }
});

function assertKept(now: readonly SessionInfo[], well: readonly SessionInfo[], keeps: Harm['keeps']): void {
  const gone = well.filter(({ ref }) => !now.some((info) => info.ref.id === ref.id));
  const most = { none: well.length, all: 0, 'the others': 1 }[keeps];
  assert.ok(
    keeps === 'none' ? now.length === 0 : gone.length <= most,
    `${gone.length} of ${well.length} are gone`,
  );
}
