import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { agents, Machine } from './everyStoreMachine.ts';

/** Codex looks for files only: no link is one of its sessions, so that there is nothing to be told. */
const told = (agent: string): RegExp => (agent === 'codex' ? /^$/ : /leads out of the agent’s folder/);

describe('A link in an agent’s folder', { skip: process.platform === 'win32' }, () => {
  let machine: Machine;
  let outside = '';

  before(() => {
    machine = new Machine();
    outside = mkdtempSync(join(tmpdir(), 'session-forks-outside-'));
  });
  after(() => {
    machine[Symbol.dispose]();
    rmSync(outside, { recursive: true });
  });

  for (const agent of agents) {
    it(`that leads out is not followed by ${agent}: its session is not listed, and a problem says why`, async () => {
      const path = machine.file(agent);
      const away = join(outside, basename(path));
      renameSync(path, away);
      symlinkSync(away, path);
      const bytes = readFileSync(away);
      const catalog = await machine.list();
      const listed = catalog.sessions().filter(({ ref }) => ref.agent === agent);
      const problems = catalog.problems().filter((problem) => problem.agent.id === agent);
      assert.deepEqual(
        listed.filter(({ file }) => file?.path === path),
        [],
      );
      assert.match(problems.map(({ problem }) => problem.text).join('\n'), told(agent));
      assert.ok(readFileSync(away).equals(bytes));
      machine.restore(agent);
    });
  }

  for (const agent of ['claude-code', 'qwen-code', 'gemini-cli', 'pi']) {
    it(`to a folder elsewhere is not followed by ${agent}`, async () => {
      const folder = dirname(machine.file(agent));
      const away = join(outside, `${agent}-folder`);
      renameSync(folder, away);
      symlinkSync(away, folder);
      const catalog = await machine.list();
      assert.deepEqual(
        catalog.sessions().filter(({ file }) => file?.path.startsWith(folder)),
        [],
      );
      const texts = catalog.problems().map(({ problem }) => problem.text);
      assert.ok(texts.some((text) => text.startsWith(folder) && told(agent).test(text)));
      machine.restore(agent);
    });

    it(`that stays inside is followed by ${agent}`, async () => {
      const path = machine.file(agent);
      const moved = join(machine.root(agent), 'moved');
      renameSync(path, moved);
      symlinkSync(moved, path);
      const catalog = await machine.list();
      assert.ok(catalog.sessions().some(({ file }) => file?.path === path));
      machine.restore(agent);
    });
  }
});
