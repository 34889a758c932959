/** The built MCP server, as the command line of the MCP inspector sees it: another client than the SDK's. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { installSamples } from '../../src/sample/index.ts';
import { buildExtension } from '../setup/build.ts';
import { root } from '../setup/paths.ts';
import { type JsonObject, objectOf, objectsOf, parseObject, textOf } from './support/json.ts';
import { runToEnd } from './support/processes.ts';
import { pathWithOurNode, program } from './support/programs.ts';

const serverFile = join(root, 'dist', 'mcp.js');

describe('the MCP inspector’s command line', { timeout: 300_000 }, () => {
  let home: string;

  before(async () => {
    await buildExtension();
    home = await mkdtemp(join(tmpdir(), 'session-forks-inspector-'));
    await mkdir(join(home, 'project'));
    await installSamples({ home, cwd: join(home, 'project'), now: Date.UTC(2026, 10, 21, 17, 0) });
  });

  after(() => rm(home, { recursive: true, force: true }));

  async function inspect(args: readonly string[]): Promise<{ code: number | null; said: JsonObject }> {
    const inspector = await program('mcp-inspector');
    const env = { HOME: home, USERPROFILE: home, PATH: pathWithOurNode() };
    const all = ['--cli', process.execPath, serverFile, ...args];
    const { code, stdout, stderr } = await runToEnd(
      { program: inspector, args: all, cwd: home, env },
      60_000,
    );
    assert.ok(stdout.startsWith('{'), `${stdout}\n${stderr}`);
    return { code, said: parseObject(stdout) };
  }

  async function call(tool: string, input: Readonly<Record<string, string>>) {
    const named = Object.entries(input).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]);
    const { code, said } = await inspect(['--method', 'tools/call', '--tool-name', tool, ...named]);
    return { code, isError: said.isError === true, answer: objectOf(said.structuredContent) };
  }

  it('lists the tools', async () => {
    const { said } = await inspect(['--method', 'tools/list']);
    assert.deepEqual(
      objectsOf(said.tools).map(({ name }) => name),
      ['list_sessions', 'read_session', 'branch_session'],
    );
  });

  it('lists sessions, reads one, forks it, and reads the fork', async () => {
    const { answer: list } = await call('list_sessions', { query: 'Add OAuth login' });
    const source = objectsOf(list.sessions).find(({ title }) => title === 'Add OAuth login') ?? assert.fail();
    const session = textOf(source.sessionKey);
    const { answer: fork } = await call('branch_session', {
      session,
      at_message: '2',
      label: 'By the inspector',
    });
    assert.deepEqual([fork.title, fork.forkPoint], ['By the inspector', 2]);
    const { answer: whole } = await call('read_session', { session, limit: '2' });
    const { answer: child } = await call('read_session', { session: textOf(fork.sessionKey) });
    const texts = ({ messages }: JsonObject) => objectsOf(messages).map(({ text }) => text);
    assert.deepEqual(texts(child), texts(whole));
    assert.deepEqual(objectOf(child.parent).sessionKey, session);
  });

  it('is told errors as errors, by their codes', async () => {
    const { isError, answer } = await call('branch_session', { session: '../../etc/passwd' });
    assert.deepEqual([isError, objectOf(answer.error).code], [true, 'no_such_session']);
  });
});
