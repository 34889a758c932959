// What the tools answer to bad input: a code, and no file is written, changed or removed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Listed, ServerScene } from './harness.ts';

interface BadInput {
  readonly what: string;
  readonly tool?: string;
  readonly input: (source: Listed) => object;
  readonly code: string;
}

const named = ({ agent, session }: Listed) => ({ agent, session });

const table: readonly BadInput[] = [
  { what: 'no session', input: () => ({}), code: 'no_source' },
  { what: '“this” where nobody runs in a session', input: () => ({ session: 'this' }), code: 'no_source' },
  { what: 'an unknown id', input: () => ({ session: 'no-such-session' }), code: 'no_such_session' },
  { what: 'an unknown agent', input: (s) => ({ ...named(s), agent: 'nobody' }), code: 'no_such_session' },
  {
    what: 'the session of another agent',
    input: (s) => ({ ...named(s), agent: 'qwen-code' }),
    code: 'no_such_session',
  },
  { what: 'a path as id', input: () => ({ session: '../../etc/passwd' }), code: 'no_such_session' },
  { what: 'an absolute path as id', input: () => ({ session: '/etc/passwd' }), code: 'no_such_session' },
  { what: 'a path behind an id', input: (s) => ({ session: `${s.session}/../x` }), code: 'no_such_session' },
  {
    what: 'a control character in an id',
    input: (s) => ({ session: `${s.session}\0` }),
    code: 'no_such_session',
  },
  { what: 'a line end in an id', input: (s) => ({ session: `${s.session}\n` }), code: 'no_such_session' },
  {
    what: 'the name of a member of every object',
    input: () => ({ session: '__proto__' }),
    code: 'no_such_session',
  },
  { what: 'an empty id', input: () => ({ session: '' }), code: 'bad_request' },
  { what: 'a huge id', input: () => ({ session: 'x'.repeat(100_000) }), code: 'bad_request' },
  { what: 'a number as id', input: () => ({ session: 5 }), code: 'bad_request' },
  { what: 'an object as id', input: (s) => ({ session: { ...s } }), code: 'bad_request' },
  { what: 'nothing (null) as id', input: () => ({ session: null }), code: 'bad_request' },
  { what: 'a text for at_message', input: (s) => ({ ...named(s), at_message: '3' }), code: 'bad_request' },
  { what: 'half a message', input: (s) => ({ ...named(s), at_message: 2.5 }), code: 'bad_request' },
  { what: 'fewer than no messages', input: (s) => ({ ...named(s), at_message: -1 }), code: 'bad_request' },
  {
    what: 'more messages than there are',
    input: (s) => ({ ...named(s), at_message: 9999 }),
    code: 'fork_point_invalid',
  },
  {
    what: 'a prompt as the last message',
    input: (s) => ({ ...named(s), at_message: 1 }),
    code: 'fork_point_invalid',
  },
  {
    what: 'two numbers that differ',
    input: (s) => ({ ...named(s), at_message: 2, fork_point: 4 }),
    code: 'bad_request',
  },
  {
    what: 'a number and a message',
    input: (s) => ({ ...named(s), at_message: 2, message_id: 'x' }),
    code: 'bad_request',
  },
  {
    what: 'an unknown message',
    input: (s) => ({ ...named(s), message_id: 'gone' }),
    code: 'fork_point_invalid',
  },
  {
    what: 'an unknown side',
    input: (s) => ({ ...named(s), at_message: 2, side: 'around' }),
    code: 'bad_request',
  },
  { what: 'a side of nothing', input: (s) => ({ ...named(s), side: 'after' }), code: 'bad_request' },
  {
    what: 'the side before a reply',
    input: (s) => ({ ...named(s), at_message: 1, side: 'before' }),
    code: 'fork_point_invalid',
  },
  { what: 'a huge label', input: (s) => ({ ...named(s), label: 'x'.repeat(100_000) }), code: 'bad_request' },
  { what: 'a list as label', input: (s) => ({ ...named(s), label: ['a'] }), code: 'bad_request' },
  { what: 'a misspelt member', input: (s) => ({ ...named(s), atMessage: 2 }), code: 'bad_request' },
  { what: 'an unknown tool', tool: 'drop_sessions', input: () => ({}), code: 'not_supported' },
  { what: 'no limit at all', tool: 'list_sessions', input: () => ({ limit: 0 }), code: 'bad_request' },
  {
    what: 'an unknown agent to list',
    tool: 'list_sessions',
    input: () => ({ agent: '../x' }),
    code: 'no_such_session',
  },
  {
    what: 'an unknown session to read',
    tool: 'read_session',
    input: () => ({ session: '..' }),
    code: 'no_such_session',
  },
  {
    what: 'message number 0',
    tool: 'read_session',
    input: (s) => ({ ...named(s), from: 0 }),
    code: 'bad_request',
  },
];

describe('bad input to the tools is answered with a code, and nothing is written', {
  timeout: 60_000,
}, () => {
  let scene: ServerScene;
  let source: Listed;
  let untouched: Readonly<Record<string, string>>;
  before(async () => {
    scene = await ServerScene.make();
    source = await scene.named('Add OAuth login');
    untouched = await scene.files();
  });
  after(() => scene[Symbol.asyncDispose]());

  for (const { what, tool = 'branch_session', input, code } of table) {
    it(`${tool}: ${what} -> ${code}`, async () => {
      assert.equal(await scene.codeOf(tool, input(source)), code);
      assert.deepEqual(await scene.files(), untouched);
    });
  }

  it('takes a label with control characters, 300 long, as one line of 200', async () => {
    const { structuredContent } = await scene.client.callTool({
      name: 'branch_session',
      arguments: { ...named(source), label: `a\u0000\u202eb\n${'x'.repeat(300)}` },
    });
    const title: unknown = Reflect.get(structuredContent ?? {}, 'title');
    assert.equal(title, `a b ${'x'.repeat(196)}`);
    assert.notDeepEqual(await scene.files(), untouched);
  });
});
