import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextFrom } from '../../../src/mcp/environment.ts';
import { serverLaunch } from '../../../src/mcp/launch.ts';

const options = {
  program: '/extension/dist/mcp.js',
  variables: {
    HOME: '/home/a',
    CODEX_HOME: '/data/codex',
    PATH: '/bin',
    OPENAI_API_KEY: 'secret',
    TERM: 'x',
  },
  lineage: '/storage/lineage.jsonl',
  folders: { 'claude-code': '/data/claude' },
  commands: {},
  linkBase: 'vscodium://a.b',
};

describe('the launch of the MCP server', () => {
  it('hands on homes and paths, and no keys', () => {
    const { env, args } = serverLaunch(options);
    assert.deepEqual(args, ['/extension/dist/mcp.js']);
    assert.deepEqual([env.HOME, env.CODEX_HOME, env.PATH], ['/home/a', '/data/codex', '/bin']);
    assert.ok(!JSON.stringify(env).includes('secret'));
    assert.equal('TERM' in env, false);
  });

  it('tells the server whose session “this” is, and where the extension keeps what it knows', async () => {
    const self = { agent: 'claude-code', session: 's', folder: '/work' };
    const context = await contextFrom(serverLaunch({ ...options, self }).env);
    assert.deepEqual(context.self, self);
    assert.equal(context.linkBase, 'vscodium://a.b');
    const roots = context.catalog.stores().flatMap((store) => store.watchRoots().map(({ path }) => path));
    assert.ok(roots.some((path) => path.startsWith('/data/claude')));
    assert.ok(roots.some((path) => path.startsWith('/data/codex')));
  });

  it('works without any of that', async () => {
    const context = await contextFrom({ HOME: '/home/a', SESSION_FORKS_FOLDERS: '{"claude-code":5' });
    assert.equal(context.self, undefined);
    assert.ok(context.catalog.agents().length >= 2);
  });
});
