// The examples of docs/programs.md that need no VS Code, run as they stand there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { openCodeServer } from '../../../src/stores/opencode/server.ts';
import { qwenServer } from '../../../src/stores/qwenCode/serve.ts';
import { readLink } from '../../../src/vscode/doors/linkRequest.ts';
import { branched, ServerScene } from './harness.ts';

const root = resolve(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/programs.md'), 'utf8');

/** The code blocks of a language, in their order. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gmu)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text ?? '');

describe('the page for programs', () => {
  it('has arguments that branch_session takes', { timeout: 30_000 }, async () => {
    await using scene = await ServerScene.make();
    const { session } = await scene.named('Add OAuth login');
    const [example] = blocks('json');
    const input = JSON.parse(example?.replace('SESSION', session) ?? '');
    const fork = await scene.call(branched, 'branch_session', input);
    assert.deepEqual([fork.title, fork.forkPoint], ['Second try', 2]);
  });

  it('has links that are followed', () => {
    const links = (blocks('')[0] ?? '')
      .trim()
      .split('\n')
      .map((text) => new URL(text));
    const requests = links.map(({ pathname, search }) => readLink(pathname, search.slice(1)));
    assert.deepEqual(requests, [
      {
        verb: 'fork',
        session: { agent: 'claude-code', id: 'SESSION' },
        point: { keep: 2, side: 'after' },
        label: 'Second try',
      },
      { verb: 'open', session: { agent: 'claude-code', id: 'SESSION' }, point: { keep: 2 } },
    ]);
  });

  it('has settings that name the agents with a server, and addresses that are taken', () => {
    const { 'sessionForks.servers': servers } = JSON.parse(blocks('json')[1] ?? '');
    const connect = { 'qwen-code': qwenServer, opencode: openCodeServer };
    assert.deepEqual(Object.keys(servers), Object.keys(connect));
    for (const [agent, make] of Object.entries(connect)) make({ url: servers[agent] });
  });

  it('names the server’s file as it is built', () => {
    const built = readFileSync(join(root, 'esbuild.mjs'), 'utf8').includes("entry('mcp', 'src/mcp/main.ts')");
    assert.ok(built && blocks('sh').every((text) => text.includes('dist/mcp.js')));
  });

  it('has every error code that a door may answer', () => {
    const source = readFileSync(join(root, 'src/core/errors.ts'), 'utf8');
    const codes = [...source.matchAll(/^ {2}\| '(\w+)'/gmu)].map(([, code]) => code ?? '');
    const live = ['other_project', 'agent_ended', 'too_many_agents', 'sign_in_needed', 'out_of_credit'];
    const told = [...page.matchAll(/^\| `(\w+)` \| [A-Z]/gmu)].map(([, code]) => code ?? '');
    assert.deepEqual(told.toSorted(), codes.filter((code) => !live.includes(code)).toSorted());
  });
});
