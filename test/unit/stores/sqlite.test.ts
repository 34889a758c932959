import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { type ForeignDatabase, readDatabase } from '../../../src/stores/common/sqlite.ts';
import { temporaryName } from '../../../src/stores/common/temporaries.ts';

interface Folder extends Disposable {
  readonly path: string;
  readonly file: string;
  /** Names and SHA-256 of all files. */
  state(): readonly string[];
}

function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'session-forks-sqlite-'));
  const hash = (name: string) => createHash('sha256').update(readFileSync(join(path, name)));
  return {
    path,
    file: join(path, 'a #1?.db'),
    state: () => readdirSync(path).map((name) => `${name} ${hash(name).digest('hex')}`),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

const count = (database: ForeignDatabase): unknown => database.rows('SELECT count(*) AS n FROM t')[0]?.n;

/** Another process that keeps the database open, as an agent does. */
async function withWriter(file: string, sql: string, work: () => Promise<void>): Promise<void> {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(${JSON.stringify(file)});
    database.exec(${JSON.stringify(sql)});
    console.log('ready');
    process.stdin.resume();
    process.stdin.on('end', () => process.exit());`;
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 30_000,
  });
  try {
    await once(child.stdout, 'data');
    await work();
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
}

/** A process that makes the index of the log, adds a row and is done. */
function addRow(file: string): void {
  const insert = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)}).exec('INSERT INTO t VALUES (0)')`;
  const { status } = spawnSync(process.execPath, ['-e', insert], { stdio: 'inherit', timeout: 30_000 });
  assert.equal(status, 0);
}

const walTable = 'PRAGMA journal_mode=wal; CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);';

describe('reading another program’s database', () => {
  it('sees the log of a program that runs, and changes no file of its folder', async () => {
    using folder = temporaryFolder();
    await withWriter(folder.file, walTable, async () => {
      const before = folder.state();
      assert.equal(before.length, 3);
      const found = await readDatabase(folder.file, count);
      assert.equal(found.kind === 'read' && found.value, 2);
      assert.deepEqual(folder.state(), before);
    });
  });

  it('waits for a program that is about to make the index of its log', async () => {
    using folder = temporaryFolder();
    await withWriter(folder.file, walTable, async () => {
      const index = openSync(`${folder.file}-shm`, 'r+');
      writeSync(index, Buffer.alloc(136), 0, 136, 0);
      closeSync(index);
      let looks = 0;
      const found = await readDatabase(folder.file, (database) => {
        looks++;
        try {
          return count(database);
        } finally {
          if (looks === 2) {
            addRow(folder.file);
          }
        }
      });
      assert.equal(found.kind === 'read' && found.value, 3);
      assert.ok(looks > 2);
    });
  });

  it('reads again what failed while the file changed, and gives up what failed on its own', async () => {
    using folder = temporaryFolder();
    const database = new DatabaseSync(folder.file);
    database.exec('CREATE TABLE t(a)');
    const failing = (changes: boolean) => {
      let looks = 0;
      return readDatabase(folder.file, (it) => {
        looks++;
        if (looks > 1) {
          return count(it);
        }
        if (changes) {
          database.exec('INSERT INTO t VALUES (1)');
        }
        throw new Error('unable to open database file');
      });
    };
    const changed = await failing(true);
    assert.equal(changed.kind === 'read' && changed.value, 1);
    assert.equal((await failing(false)).kind, 'problem');
    database.close();
  });

  it('leaves no log beside a database whose program has ended', async () => {
    using folder = temporaryFolder();
    const database = new DatabaseSync(folder.file);
    database.exec(walTable);
    database.close();
    const before = folder.state();
    assert.equal(before.length, 1);
    const found = await readDatabase(folder.file, count);
    assert.equal(found.kind === 'read' && found.value, 2);
    assert.deepEqual(folder.state(), before);
  });

  it('reads what a crash left in the log, and leaves the folder as it is', async () => {
    using folder = temporaryFolder();
    using crashed = temporaryFolder();
    await withWriter(folder.file, walTable, async () => {
      copyFileSync(folder.file, crashed.file);
      copyFileSync(`${folder.file}-wal`, `${crashed.file}-wal`);
    });
    const before = crashed.state();
    const found = await readDatabase(crashed.file, count);
    assert.equal(found.kind === 'read' && found.value, 2);
    assert.deepEqual(crashed.state(), before);
  });

  it('clears away the copy that a killed process made to read what a crash left', async () => {
    using folder = temporaryFolder();
    using crashed = temporaryFolder();
    await withWriter(folder.file, walTable, async () => {
      copyFileSync(folder.file, crashed.file);
      copyFileSync(`${folder.file}-wal`, `${crashed.file}-wal`);
    });
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const left = join(tmpdir(), temporaryName('copy').replace(`${process.pid}@`, `${ended}@`));
    mkdirSync(left);
    await readDatabase(crashed.file, count);
    assert.equal(existsSync(left), false);
  });

  it('a missing file is no problem, missing SQLite is one only when there is a file', async (t) => {
    using folder = temporaryFolder();
    t.mock.method(process, 'getBuiltinModule', () => undefined);
    assert.deepEqual(await readDatabase(folder.file, count), { kind: 'missing' });
    writeFileSync(folder.file, 'x');
    const found = await readDatabase(folder.file, count);
    assert.match(found.kind === 'problem' ? found.problem.text : '', /Node 22\.13/);
  });

  it('0 bytes, no database and a folder in its place are problems', async () => {
    using folder = temporaryFolder();
    const textOf = async (): Promise<string> => {
      const found = await readDatabase(folder.file, count);
      return found.kind === 'problem' ? found.problem.text : found.kind;
    };
    writeFileSync(folder.file, '');
    assert.match(await textOf(), /is empty/);
    writeFileSync(folder.file, 'no database at all, but long enough for a header '.repeat(100));
    assert.match(await textOf(), /not a database/);
    rmSync(folder.file);
    mkdirSync(folder.file);
    assert.match(await textOf(), /unable to open|cannot be read/);
  });

  it('a locked database is a problem', async () => {
    using folder = temporaryFolder();
    const plain = 'CREATE TABLE t(a); INSERT INTO t VALUES (1);';
    const locked = `${plain} BEGIN EXCLUSIVE; INSERT INTO t VALUES (2);`;
    await withWriter(folder.file, locked, async () => {
      const found = await readDatabase(folder.file, count);
      assert.match(found.kind === 'problem' ? found.problem.text : '', /locked/);
    });
  });

  it('reads again when the file changes while it is read', async () => {
    using folder = temporaryFolder();
    const database = new DatabaseSync(folder.file);
    database.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1);');
    let reads = 0;
    const found = await readDatabase(folder.file, (foreign) => {
      reads++;
      if (reads === 1) {
        database.exec('INSERT INTO t SELECT a FROM t');
      }
      return count(foreign);
    });
    database.close();
    assert.equal(reads, 2);
    assert.equal(found.kind === 'read' && found.value, 2);
  });
});
