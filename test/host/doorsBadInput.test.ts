// Bad input to every door: a code for each, and nothing is written. The codes stand as a table at the end. Server, tools
// and API are those of the running extension; commands and links stand over sessions in memory, as a person sees what
// they answer and no program does.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import * as vscode from 'vscode';
import { registerCommands } from '../../src/vscode/commands/registerCommands.ts';
import { handleLink } from '../../src/vscode/doors/links.ts';
import type { Services } from '../../src/vscode/services.ts';
import { tableOf } from '../agents/support/table.ts';
import { makeScene } from './fakeServices.ts';
import { type CallTool, withServer } from './mcpCall.ts';
import { print } from './runner.ts';
import { eventually, extensionId, findSample, installHomeSamples } from './sampleHome.ts';

/** What is asked of all doors, in the words of none. */
interface Ask {
  readonly agent?: unknown;
  readonly session?: unknown;
  /** How many messages to keep. */
  readonly keep?: unknown;
  readonly message?: unknown;
  readonly label?: unknown;
}

interface BadInput {
  readonly what: string;
  readonly ask: (source: Ask) => Ask;
  /** The code that every door answers, or that of each where they differ. */
  readonly code: string | Readonly<Record<Door, string>>;
}

const doors = ['MCP server', 'LM tool', 'API', 'command', 'link'] as const;
type Door = (typeof doors)[number];

/** A command without a session asks for one, and takes no count; a link's values are texts, a list gives its name twice. */
const said = (code: string, command: string, link: string): BadInput['code'] => ({
  'MCP server': code,
  'LM tool': code,
  API: code,
  command,
  link,
});

const table: readonly BadInput[] = [
  { what: 'no session', ask: () => ({}), code: 'no_source' },
  { what: 'an unknown id', ask: (s) => ({ ...s, session: 'no-such-session' }), code: 'no_such_session' },
  { what: 'an unknown agent', ask: (s) => ({ ...s, agent: 'nobody' }), code: 'no_such_session' },
  { what: 'another agent’s session', ask: (s) => ({ ...s, agent: 'qwen-code' }), code: 'no_such_session' },
  { what: 'a path as id', ask: (s) => ({ ...s, session: '../../etc/passwd' }), code: 'no_such_session' },
  { what: 'an absolute path as id', ask: (s) => ({ ...s, session: '/etc/passwd' }), code: 'no_such_session' },
  {
    what: 'a path behind the id',
    ask: (s) => ({ ...s, session: `${s.session}/../x` }),
    code: 'no_such_session',
  },
  { what: 'a member of every object', ask: (s) => ({ ...s, session: '__proto__' }), code: 'no_such_session' },
  {
    what: 'a control character in the id',
    ask: (s) => ({ ...s, session: `${s.session}\u0000` }),
    code: said('no_such_session', 'no_such_session', 'bad_request'),
  },
  { what: 'a huge id', ask: (s) => ({ ...s, session: 'x'.repeat(100_000) }), code: 'bad_request' },
  {
    what: 'a number as id',
    ask: (s) => ({ ...s, session: 7 }),
    code: said('bad_request', 'no_source', 'no_such_session'),
  },
  {
    what: 'an object as id',
    ask: (s) => ({ ...s, session: { id: 's' } }),
    code: said('bad_request', 'no_source', 'no_such_session'),
  },
  {
    what: 'more messages than there are',
    ask: (s) => ({ ...s, keep: 9999 }),
    code: said('fork_point_invalid', 'bad_request', 'fork_point_invalid'),
  },
  { what: 'fewer than no messages', ask: (s) => ({ ...s, keep: -1 }), code: 'bad_request' },
  { what: 'half a message', ask: (s) => ({ ...s, keep: 0.5 }), code: 'bad_request' },
  { what: 'a text as count', ask: (s) => ({ ...s, keep: 'two' }), code: 'bad_request' },
  { what: 'an unknown message', ask: (s) => ({ ...s, message: 'gone' }), code: 'fork_point_invalid' },
  {
    what: 'a number as message',
    ask: (s) => ({ ...s, message: 5 }),
    code: said('bad_request', 'bad_request', 'fork_point_invalid'),
  },
  { what: 'a huge label', ask: (s) => ({ ...s, label: 'x'.repeat(100_000) }), code: 'bad_request' },
  { what: 'a list as label', ask: (s) => ({ ...s, label: ['a', 'b'] }), code: 'bad_request' },
];

const codeOf = (error: unknown): string =>
  error instanceof Error
    ? String(Reflect.get(error, 'code') ?? /\b([a-z]+_[a-z_]+|busy): /u.exec(error.message)?.[1])
    : '';

/** Hash of every file below the home that is a session's, or might be. */
function filesAtHome(): Readonly<Record<string, string>> {
  const paths = readdirSync(homedir(), { recursive: true, encoding: 'utf8' });
  const files = paths.map((path) => join(homedir(), path)).filter((path) => statSync(path).isFile());
  return Object.fromEntries(
    files.map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

describe('bad input to every door', () => {
  const rows: string[][] = [];
  let source: Ask;
  let untouched: Readonly<Record<string, string>>;

  before(async () => {
    await installHomeSamples();
    const { info } = await findSample('Add OAuth login');
    source = { agent: info.ref.agent, session: info.ref.id };
    untouched = filesAtHome();
  });

  after(() => print(`\nBad input, and what each door answers\n\n${tableOf(['input', ...doors], rows)}\n`));

  const toolInput = ({ agent, session, keep, message, label }: Ask): object =>
    withoutGaps({ agent, session, at_message: keep, message_id: message, label });

  const pointOf = ({ keep, message }: Ask): unknown =>
    keep !== undefined ? { keep } : message !== undefined ? { after: message } : undefined;

  async function byServer(call: CallTool, ask: Ask): Promise<string> {
    const { error } = await call('branch_session', toolInput(ask));
    return String(Reflect.get(Object(error), 'code'));
  }

  async function byTool(ask: Ask): Promise<string> {
    const options = { input: toolInput(ask), toolInvocationToken: undefined };
    return failing(async () => vscode.lm.invokeTool('sessionForks_branch_session', options));
  }

  async function byApi(ask: Ask): Promise<string> {
    const api: object = await vscode.extensions.getExtension(extensionId)?.activate();
    const named = ask.session === undefined ? {} : { source: { agent: ask.agent, id: ask.session } };
    const request = withoutGaps({ ...named, point: pointOf(ask), title: ask.label });
    return failing(() => Reflect.get(api, 'forkSession')(request));
  }

  const byCommand = ({ agent, session, message, label, ...ask }: Ask): Promise<string> => {
    const point = pointOf({ message, keep: ask.keep });
    const named = session === undefined ? {} : { agent, id: session };
    return inMemory((services) => commandOf(services)(withoutGaps({ ...named, point, title: label })));
  };

  const byLink = ({ agent, session, keep, message, label }: Ask): Promise<string> => {
    const values = Object.entries(withoutGaps({ agent, session, at: keep, message, label }));
    const texts = values.flatMap(([name, value]) => [value].flat().map((item) => [name, String(item)]));
    const query = new URLSearchParams(texts).toString();
    return inMemory((services) => handleLink(services, { path: '/fork', query }));
  };

  it('is answered with a code by each, and nothing is written', async () => {
    await withServer(async (call) => {
      for (const { what, ask, code } of table) {
        const answers: Readonly<Record<Door, string>> = {
          'MCP server': await byServer(call, ask(source)),
          'LM tool': await byTool(ask(source)),
          API: await byApi(ask(source)),
          command: await byCommand(ask({ agent: 'memory', session: 's' })),
          link: await byLink(ask({ agent: 'memory', session: 's' })),
        };
        rows.push([what, ...doors.map((door) => answers[door])]);
        const expected = typeof code === 'string' ? said(code, code, code) : code;
        assert.deepEqual(answers, expected, what);
      }
    });
    assert.deepEqual(filesAtHome(), untouched);
  });
});

/** The command as VS Code would run it, over these services. */
function commandOf(services: Services): (argument: unknown) => Promise<unknown> {
  const handlers = new Map<string, (argument: unknown) => Promise<unknown>>();
  const registering = mock.method(
    vscode.commands,
    'registerCommand',
    (id: string, handler: (argument: unknown) => Promise<unknown>) => {
      handlers.set(id, handler);
      return new vscode.Disposable(() => undefined);
    },
  );
  registerCommands(async () => services).dispose();
  registering.mock.restore();
  return handlers.get('sessionForks.fork') ?? assert.fail();
}

/** The code of the error that is shown once when a session `s` in memory is asked for; no fork may be made of it. */
async function inMemory(act: (services: Services) => Promise<unknown>): Promise<string> {
  const { services, store } = await makeScene((memory) => void memory.add('s', 'pRpR'));
  const codes: string[] = [];
  const log = { ...services.log, error: (error: unknown) => void codes.push(codeOf(error)) };
  const warn = mock.method(vscode.window, 'showWarningMessage', async () => undefined);
  const fail = mock.method(vscode.window, 'showErrorMessage', async () => undefined);
  const ask = mock.method(vscode.window, 'showInformationMessage', async () => undefined);
  try {
    await act({ ...services, log });
    await eventually(() => codes.length > 0 || ask.mock.callCount() > 0);
  } finally {
    for (const method of [warn, fail, ask]) method.mock.restore();
  }
  assert.equal(store.forks, 0);
  return codes.join() || 'asks the person';
}

const withoutGaps = (values: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

async function failing(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
}
