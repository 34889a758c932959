import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { SessionInfo } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { type StoreFactory, storeFactories } from '../../../src/stores/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
/** The agents whose stores do, and a project's folder of each. */
const agents = {
  'claude-code': 'projects/-elsewhere',
  'qwen-code': 'projects/-elsewhere/chats',
  pi: 'sessions/--elsewhere--',
};

for (const [agent, elsewhere] of Object.entries(agents)) {
  describe(`listing the changed files of ${agent} alone`, () => {
    let folder = '';
    let store: SessionStore;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'session-forks-relist-'));
      cpSync(join(fixtures, agent), folder, { recursive: true });
      store = storeIn(agent, folder);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('says what a whole listing says, after each transcript lost its end and after each grew', async () => {
      const { sessions } = await store.list();
      const paths = [...new Set(sessions.flatMap(({ file }) => file?.path ?? []))];
      assert.ok(paths.length > 10);
      let previous = sessions;
      for (const path of paths) {
        const whole = readFileSync(path);
        truncateSync(path, whole.lastIndexOf('\n', whole.length - 2) + 1);
        previous = await relist(previous, path);
        assert.deepEqual(sorted(previous), sorted((await store.list(previous)).sessions), basename(path));
        writeFileSync(path, whole);
        appendFileSync(path, '{"torn');
        previous = await relist(previous, path);
      }
      assert.deepEqual(sorted(previous), sorted((await store.list()).sessions));
    });

    it('gives the same objects for what did not change, and looks at nothing else', async () => {
      const { sessions } = await store.list();
      const [one, other] = [...new Set(sessions.flatMap(({ file }) => file?.path ?? []))];
      assert.ok(one && other);
      appendFileSync(one, '\n\n');
      appendFileSync(other, '\n\n');
      const now = await relist(sessions, one);
      const kept = sessions.filter((info) => now.includes(info));
      assert.equal(kept.length, sessions.filter(({ file }) => file?.path !== one).length);
    });

    it('takes a new transcript in', async () => {
      const { sessions } = await store.list();
      const found = sessions.find(({ lineage, archived }) => !lineage && !archived) ?? assert.fail();
      const { path } = found.file ?? assert.fail();
      const renamed = (text: string): string =>
        text.replaceAll(found.ref.id, '12345678-0000-4000-8000-000000000001');
      const copy = join(dirname(path), renamed(basename(path)));
      writeFileSync(copy, renamed(readFileSync(path, 'utf8')));
      assert.equal(sorted(await relist(sessions, copy)).length, (await store.list()).sessions.length);
      rmSync(copy);
    });

    it('leaves it to a whole listing when a transcript is gone, stands twice, or something else changed', async () => {
      const { sessions } = await store.list();
      const path = sessions.find(({ lineage, archived }) => !lineage && !archived)?.file?.path ?? '';
      const whole = readFileSync(path);
      rmSync(path);
      assert.equal(await store.relist?.(sessions, [path]), undefined);
      writeFileSync(path, whole);
      const known = (await store.list()).sessions;
      const second = join(folder, elsewhere, basename(path));
      cpSync(path, second);
      assert.equal(await store.relist?.(known, [second]), undefined);
      assert.equal(await store.relist?.(known, [dirname(path)]), undefined);
      rmSync(join(folder, elsewhere), { recursive: true });
    });

    const relist = async (previous: readonly SessionInfo[], path: string): Promise<readonly SessionInfo[]> =>
      (await store.relist?.(previous, [path])) ?? assert.fail(`${path} needs a whole listing`);
  });
}

function storeIn(agent: string, folder: string): SessionStore {
  const made = (make: StoreFactory): SessionStore =>
    make({ home: folder, variables: {}, folders: { [agent]: folder } });
  return storeFactories.map(made).find((store) => store.agent.id === agent) ?? assert.fail();
}

const sorted = (sessions: readonly SessionInfo[]): readonly SessionInfo[] =>
  sessions.toSorted((a, b) => a.ref.id.localeCompare(b.ref.id));
