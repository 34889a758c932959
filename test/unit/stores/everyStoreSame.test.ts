import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { describe, it } from 'node:test';
import { agents, Machine, withDatabase } from './everyStoreMachine.ts';

describe('a list after one file was touched', { timeout: 120_000 }, () => {
  for (const agent of agents) {
    it(`holds all other sessions as the same objects, so that they are not told again: ${agent}`, async () => {
      using machine = new Machine();
      const store = machine.store(agent);
      const { sessions } = await store.list();
      assert.ok(sessions.length > 1);
      const path = machine.file(agent);
      utimesSync(path, new Date(), new Date());
      const now = (await store.list(sessions)).sessions;
      assert.deepEqual(
        now.map(({ ref }) => ref.id),
        sessions.map(({ ref }) => ref.id),
      );
      const told = now.filter((info, index) => info !== sessions[index]);
      const mayBeTold = withDatabase.includes(agent)
        ? 1
        : now.filter(({ file }) => file?.path === path).length;
      assert.ok(told.length <= mayBeTold, `${told.length} sessions are told, not ${mayBeTold}`);
      assert.equal((await store.list(now)).sessions.filter((info, index) => info !== now[index]).length, 0);
    });
  }
});
