import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { moltis } from '../../../src/stores/moltis/index.ts';
import { oldestSchema } from '../../agents/support/moltisDouble/database.ts';
import { began, MoltisHome } from './moltisHome.ts';

const keys = async ({ store }: MoltisHome): Promise<string[]> =>
  (await store.list()).sessions.map(({ ref }) => ref.id).sort();

const problems = async ({ store }: MoltisHome): Promise<string> =>
  (await store.list()).problems.map(({ text }) => text).join('\n');

describe('Moltis: listing', () => {
  it('lists label, first prompt, folder, times, size and messages as a person counts them', async () => {
    using home = new MoltisHome();
    const project = { id: 'p1', label: 'P', directory: '/p', created_at: began, updated_at: began };
    home.data.database
      .prepare('INSERT INTO projects (id, label, directory, created_at, updated_at) VALUES (?, ?, ?, ?, ?)')
      .run(...Object.values(project));
    home.add('main', 'main', { label: 'Files', project_id: 'p1', updated_at: began + 7000 });
    const info = await home.info('main');
    assert.deepEqual(
      { ...info, file: undefined },
      {
        ref: { agent: 'moltis', id: 'main' },
        title: 'Files',
        titled: true,
        preview: 'List the files, then read a.txt',
        cwd: '/p',
        created: began,
        updated: began + 7000,
        messageCount: 6,
        size: statSync(home.data.historyPath('main')).size,
        file: undefined,
      },
    );
    assert.equal(info.file?.path, home.data.historyPath('main'));
    assert.equal(home.store.locate?.(home.data.historyPath('main')), 'main');
  });

  it('names a session without a label by its first prompt, an empty one by its key', async () => {
    using home = new MoltisHome();
    home.add('session:a', 'four');
    home.add('session:b');
    assert.equal((await home.info('session:a')).title, '2+2?');
    assert.deepEqual(
      [(await home.info('session:b')).title, (await home.info('session:b')).messageCount],
      ['session:b', 0],
    );
  });

  it('takes the worktree for the folder of a session that has one', async () => {
    using home = new MoltisHome();
    home.data.database.exec(
      `INSERT INTO projects (id, label, directory, created_at, updated_at) VALUES ('p', 'P', '/p', 1, 1)`,
    );
    home.add('main', 'four', { project_id: 'p', worktree_branch: 'moltis/x' });
    assert.equal((await home.info('main')).cwd, join('/p', '.moltis-worktrees', 'main'));
  });

  it('marks archived sessions and open turns', async () => {
    using home = new MoltisHome();
    home.add('session:a', 'open', { archived: 1 });
    const { archived, openTurn } = await home.info('session:a');
    assert.deepEqual([archived, openTurn], [true, true]);
  });

  it('lists sessions of schedules and channels, which can be read', async () => {
    using home = new MoltisHome();
    home.add('cron:nightly', 'four');
    home.add('telegram:bot:42', 'four');
    assert.deepEqual(await keys(home), ['cron:nightly', 'telegram:bot:42']);
    assert.equal((await home.messages('cron:nightly')).length, 4);
    const { sessions } = await home.store.list();
    assert.deepEqual(
      sessions.map((info) => info.readOnly),
      [true, true],
    );
  });
});

describe('Moltis: lineage', () => {
  it('takes parent and fork point from the row, and counts messages where Moltis counts entries', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    const child = { parent_session_key: 'main', fork_point: 7, created_at: began + 20_000 };
    home.add('session:c', 'main', child);
    assert.deepEqual((await home.info('session:c')).lineage, {
      parent: { agent: 'moltis', id: 'main' },
      kind: 'fork',
      messages: 4,
      how: 'recorded',
    });
    assert.equal((await home.info('session:c')).preview, 'What is in the picture?');
  });

  it('keeps the parent of a fork whose parent is deleted, and a fork that kept nothing', async () => {
    using home = new MoltisHome();
    home.add('session:c', 'four', {
      parent_session_key: 'session:gone',
      fork_point: 0,
      created_at: began + 9,
    });
    const { lineage } = await home.info('session:c');
    assert.deepEqual([lineage?.parent.id, lineage?.messages], ['session:gone', 0]);
  });

  it('counts no message that came after the fork, when a compaction has made the fork point meaningless', async () => {
    using home = new MoltisHome();
    home.add('session:c', 'compacted', { parent_session_key: 'main', fork_point: 30 });
    assert.equal((await home.info('session:c')).lineage?.messages, 0);
  });

  it('sees no parent in a session that names itself', async () => {
    using home = new MoltisHome();
    home.add('main', 'four', { parent_session_key: 'main', fork_point: 2 });
    assert.equal((await home.info('main')).lineage, undefined);
  });
});

describe('Moltis: both layouts of histories', () => {
  it('reads the older file where there is no newer one', async () => {
    using home = new MoltisHome();
    home.add('session:a');
    home.put(home.data.legacyPath('session:a'), 'four');
    const info = await home.info('session:a');
    assert.deepEqual([info.messageCount, info.file?.path], [4, home.data.legacyPath('session:a')]);
    assert.equal(home.store.locate?.(home.data.legacyPath('session:a')), 'session:a');
  });

  it('prefers the newer file where both are there after a migration', async () => {
    using home = new MoltisHome();
    home.add('session:a', 'main');
    home.put(home.data.legacyPath('session:a'), 'four');
    assert.equal((await home.info('session:a')).messageCount, 6);
  });

  it('leaves an older file that was given up alone', async () => {
    using home = new MoltisHome();
    home.add('main');
    home.put(home.data.legacyPath('main'), 'four');
    const marker = join(home.folder, 'sessions/v1/.migrated/k6d61696e/state/suppressed');
    mkdirSync(dirname(marker), { recursive: true });
    writeFileSync(marker, '');
    assert.equal((await home.info('main')).messageCount, 0);
  });

  it('finds the history of a key that is longer than one folder name', async () => {
    using home = new MoltisHome();
    const key = 'agent:main:channel:telegram:account:bot:peer:user:123456789012345';
    home.add(key, 'four');
    const { file, messageCount } = await home.info(key);
    assert.equal(messageCount, 4);
    assert.match(file?.path ?? '', /k6167[0-9a-f]{116}[/\\]3132333435[/\\]history\.jsonl$/);
    assert.equal(home.store.locate?.(file?.path ?? ''), key);
    assert.equal(home.store.locate?.(join(home.folder, 'sessions/v1/kzz/history.jsonl')), undefined);
  });

  it('does not leave its folder for a key that looks like a path', async () => {
    using home = new MoltisHome();
    home.put(join(home.folder, 'outside.jsonl'), 'four');
    home.add('../outside');
    assert.equal((await home.info('../outside')).messageCount, 0);
  });

  it('reads a history again when it has changed, and only then', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    const path = home.data.historyPath('main');
    utimesSync(path, 1000, 1000);
    assert.equal((await home.info('main')).messageCount, 4);
    writeFileSync(path, 'x'.repeat(statSync(path).size));
    utimesSync(path, 1000, 1000);
    assert.equal((await home.info('main')).messageCount, 4, 'the same stamp is not read again');
    home.put(path, 'main');
    assert.equal((await home.info('main')).messageCount, 6);
  });
});

describe('Moltis: what is damaged is a problem, never a throw', () => {
  it('defaults the columns that the oldest version lacks', async () => {
    using home = new MoltisHome(oldestSchema);
    home.add('main', 'four');
    assert.deepEqual([await keys(home), await problems(home)], [['main'], '']);
  });

  it('reads what a newer version has added to', async () => {
    using home = new MoltisHome();
    home.data.database.exec('ALTER TABLE sessions ADD COLUMN colour TEXT; CREATE TABLE news (x)');
    home.add('main', 'four', { colour: 'red' });
    assert.deepEqual([await keys(home), await problems(home)], [['main'], '']);
  });

  it('names the columns that a table must have and lacks', async () => {
    using home = new MoltisHome('CREATE TABLE sessions (key TEXT, created_at INTEGER);');
    assert.match(await problems(home), /moltis\.db cannot be read: its table “sessions” lacks updated_at/);
  });

  it('says so when the database is of another program', async () => {
    using home = new MoltisHome('CREATE TABLE other (x);');
    assert.match(await problems(home), /lacks key, created_at, updated_at/);
  });

  it('says so when the database is empty, or no database', async () => {
    using home = new MoltisHome();
    home.data.database.close();
    const path = join(home.folder, 'moltis.db');
    for (const name of readdirSync(home.folder)) {
      if (name.startsWith('moltis.db')) rmSync(join(home.folder, name));
    }
    writeFileSync(path, '');
    assert.match(await problems(home), /moltis\.db is empty/);
    writeFileSync(path, 'no database at all, but long enough to have a header'.repeat(20));
    assert.match(await problems(home), /moltis\.db cannot be read: file is not a database/);
  });

  it('says so when the database is locked', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    home.data.database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
    const other = new DatabaseSync(join(home.folder, 'moltis.db'));
    // More than the cache holds, so that the journal is written before the end.
    other.exec(`PRAGMA cache_size = 1; BEGIN EXCLUSIVE; CREATE TABLE big (x);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
      INSERT INTO big SELECT randomblob(1000) FROM n; UPDATE sessions SET label = 'half'`);
    try {
      assert.match(await problems(home), /moltis\.db cannot be read: database is locked/);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
  });

  it('lists nothing and reports nothing where Moltis was never used', async () => {
    const store = moltis({ home: '/nowhere/at/all', variables: {}, folders: {} });
    assert.deepEqual(await store.list(), { sessions: [], problems: [] });
  });

  it('finds the data folder by the setting, then by MOLTIS_DATA_DIR', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    for (const place of [
      { variables: { MOLTIS_DATA_DIR: home.folder }, folders: {} },
      { variables: { MOLTIS_DATA_DIR: '/nowhere' }, folders: { moltis: home.folder } },
    ]) {
      assert.equal((await moltis({ home: '/nowhere', ...place }).list()).sessions.length, 1);
    }
  });

  it('lists a session whose history is missing, damaged or closed, with its problem, and the others unharmed', async () => {
    using home = new MoltisHome();
    home.add('session:fine', 'four');
    home.add('session:missing', undefined, { message_count: 9 });
    home.add('session:damaged', 'four');
    const lines = readFileSync(home.data.historyPath('session:damaged'), 'utf8').split('\n');
    writeFileSync(
      home.data.historyPath('session:damaged'),
      [lines[0], lines[1], '{"role":', lines[2]].join('\n'),
    );
    home.add('session:folder');
    mkdirSync(home.data.historyPath('session:folder'), { recursive: true });
    const at = async (key: string) => (await home.info(key)).problem;
    assert.equal(await at('session:fine'), undefined);
    assert.match((await at('session:missing'))?.text ?? '', /history of 9 entries is missing/);
    const damaged = await at('session:damaged');
    assert.deepEqual([damaged?.line, damaged?.readable], [3, 2]);
    assert.match((await at('session:folder'))?.text ?? '', /cannot be read: .* is no file/);
  });

  it('leaves nothing beside the database', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    home.data.database.close();
    const before = readdirSync(home.folder).sort();
    await home.store.list();
    assert.deepEqual(readdirSync(home.folder).sort(), before);
  });
});
