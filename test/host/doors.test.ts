// The doors for programs, in a real VS Code: the API, the language-model tools and links.
import assert from 'node:assert/strict';
import { afterEach, before, describe, it, mock } from 'node:test';
import * as vscode from 'vscode';
import type { SessionForksApi as PublishedApi } from '../../docs/session-forks.d.ts';
import type { SessionForksApi } from '../../src/vscode/api.ts';
import { handleLink } from '../../src/vscode/doors/links.ts';
import { registerTools } from '../../src/vscode/doors/tools.ts';
import { makeScene } from './fakeServices.ts';
import { eventually, extensionId, findSample, homeStores, installHomeSamples } from './sampleHome.ts';

const extension = () => vscode.extensions.getExtension<SessionForksApi>(extensionId) ?? assert.fail();

/** The API by its published types: the compiler holds both to each other. */
const published = async (): Promise<PublishedApi> => extension().activate();

const remove = async (session: { readonly agent: string; readonly id: string }): Promise<void> => {
  const store = homeStores().find(({ agent }) => agent.id === session.agent) ?? assert.fail();
  const info = (await store.list()).sessions.find(({ ref }) => ref.id === session.id) ?? assert.fail();
  await store.remove?.(info.ref.id);
};

const count = async (): Promise<number> =>
  (await Promise.all(homeStores().map((store) => store.list()))).flatMap(({ sessions }) => sessions).length;

describe('the API for other extensions', () => {
  before(installHomeSamples);

  it('lists sessions of one agent or folder, newest first', async () => {
    const api = await published();
    const all = await api.listSessions();
    const { info } = await findSample('Add OAuth login');
    assert.ok(all.some(({ ref }) => ref.id === info.ref.id));
    assert.deepEqual(
      all.map(({ updated }) => updated),
      all.map(({ updated }) => updated).toSorted((a, b) => b - a),
    );
    const qwen = await api.listSessions({ agent: 'qwen-code' });
    assert.ok(qwen.length > 0 && qwen.every(({ ref }) => ref.agent === 'qwen-code'));
    assert.deepEqual(await api.listSessions({ cwd: '/nowhere' }), []);
  });

  it('forks so many messages and shows nothing', async () => {
    const api = await published();
    const said = mock.method(vscode.window, 'showInformationMessage');
    const { info } = await findSample('Add OAuth login');
    const fork = await api.forkSession({ source: info.ref, point: { keep: 6 }, title: 'By the API' });
    assert.deepEqual([fork.messages, fork.title, fork.forkedFrom.session.id], [6, 'By the API', info.ref.id]);
    assert.equal((await findSample('By the API')).info.lineage?.messages, 6);
    assert.equal(said.mock.callCount(), 0);
    mock.restoreAll();
    await remove(fork.session);
  });

  it('opens a session’s panel', async () => {
    const api = await published();
    const { info, transcript } = await findSample('Flaky upload test');
    await api.openSession(info.ref, { message: transcript.messages[1]?.id ?? '' });
    await eventually(() =>
      vscode.window.tabGroups.all.some(({ tabs }) =>
        tabs.some(({ label }) => label.includes('Flaky upload')),
      ),
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('answers bad input with a code and writes nothing', async () => {
    const api: Readonly<Record<string, unknown>> = { ...(await published()) };
    const { info } = await findSample('Add OAuth login');
    const other = { agent: 'qwen-code', id: info.ref.id };
    const table: readonly (readonly [string, readonly unknown[], string])[] = [
      ['forkSession', [{ source: { agent: 'claude-code', id: '../../etc/passwd' } }], 'no_such_session'],
      ['forkSession', [{ source: { agent: 'nobody', id: 'x' } }], 'no_such_session'],
      ['forkSession', [{ source: other }], 'no_such_session'],
      ['forkSession', [{ source: { ...info.ref, id: 7 } }], 'bad_request'],
      ['forkSession', [{ source: info.ref, point: { keep: 9999 } }], 'fork_point_invalid'],
      ['forkSession', [{ source: info.ref, point: { after: 'gone' } }], 'fork_point_invalid'],
      ['forkSession', [{ source: info.ref, title: 'x'.repeat(100_000) }], 'bad_request'],
      ['listSessions', [{ agent: 5 }], 'bad_request'],
      ['listSessions', ['claude-code'], 'bad_request'],
      ['openSession', [undefined], 'bad_request'],
      ['openSession', [{ agent: 'claude-code', id: 'gone' }], 'no_such_session'],
      ['openSession', [info.ref, { message: 'gone' }], 'fork_point_invalid'],
    ];
    const sessions = await count();
    for (const [name, input, code] of table) {
      const call = api[name];
      assert.ok(typeof call === 'function');
      await assert.rejects(
        Reflect.apply(call, api, [...input]),
        { code },
        `${name} ${JSON.stringify(input)}`,
      );
    }
    assert.equal(await count(), sessions);
  });
});

describe('the language-model tools', () => {
  const call = async (name: string, input: object): Promise<unknown> => {
    const options = { input, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool(`sessionForks_${name}`, options);
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value);
  };

  it('come from our MCP server, too, which VS Code starts as it is packed', async () => {
    await vscode.commands.executeCommand('workbench.mcp.startServer', '*', { waitForLiveTools: true });
    const name = await eventually(
      () => vscode.lm.tools.find(({ name }) => /^mcp_.*list_sessions$/u.test(name))?.name,
      60_000,
    );
    const options = { input: { query: 'Add OAuth login' }, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool(name, options);
    assert.match(JSON.stringify(content), /Add OAuth login/u);
  });

  it('are there for agent mode', () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('sessionForks_'));
    assert.deepEqual(names.toSorted(), [
      'sessionForks_branch_session',
      'sessionForks_list_sessions',
      'sessionForks_read_session',
    ]);
  });

  it('list, read and fork', async () => {
    const { info } = await findSample('Add OAuth login');
    const listed = Object(await call('list_sessions', { query: 'Add OAuth login' }));
    assert.ok(listed.total > 0);
    const read = Object(await call('read_session', { session: info.ref.id, limit: 1 }));
    assert.equal(read.messages.length, 1);
    const fork = Object(
      await call('branch_session', { session: info.ref.id, at_message: 6, label: 'By LM' }),
    );
    assert.equal(fork.forkPoint, 6);
    assert.equal((await findSample('By LM')).info.lineage?.parent.id, info.ref.id);
    await remove({ agent: fork.agent, id: fork.session });
  });

  it('ask the person first, by the session’s name, what goes where', async () => {
    const { services } = await makeScene((store) => void store.add('Tidy *up*', 'pRpR'));
    const tools = new Map<string, vscode.LanguageModelTool<unknown>>();
    const registered = mock.method(
      vscode.lm,
      'registerTool',
      (name: string, tool: vscode.LanguageModelTool<unknown>) => {
        tools.set(name.replace('sessionForks_', ''), tool);
        return new vscode.Disposable(() => undefined);
      },
    );
    registerTools(
      async () => services,
      async () => ({}),
    ).dispose();
    registered.mock.restore();
    const asked = async (name: string, input: object): Promise<string> => {
      const { token } = new vscode.CancellationTokenSource();
      const prepared = await tools.get(name)?.prepareInvocation?.({ input }, token);
      const { title, message } = prepared?.confirmationMessages ?? assert.fail(`${name} asks nothing`);
      return `${title} ${typeof message === 'string' ? message : message.value} [${prepared?.invocationMessage}]`;
    };
    const session = 'Tidy *up*';
    const copy = 'which stays as it is. [Forking an agent session]';
    const shown = 'Tidy \\*up\\*';
    assert.deepEqual(
      [
        await asked('list_sessions', {}),
        await asked('read_session', { session }),
        await asked('branch_session', { session }),
        await asked('branch_session', { session, at_message: 2 }),
        await asked('branch_session', { agent: 'nobody', session: 'x'.repeat(500) }),
      ],
      [
        'List agent sessions? Titles, folders and first prompts of your agents’ sessions go to the model. [Listing agent sessions]',
        `Read an agent session? Messages of “${shown}” go to the model. [Reading an agent session]`,
        `Fork an agent session? A new session begins as a copy of “${shown}”, ${copy}`,
        `Fork an agent session? A new session keeps 2 messages of “${shown}”, ${copy}`,
        `Fork an agent session? A new session begins as a copy of “${'x'.repeat(79)}…”, ${copy}`,
      ],
    );
  });

  it('answer bad input with a code', async () => {
    const sessions = await count();
    await assert.rejects(call('branch_session', {}), /no_source/u);
    await assert.rejects(call('branch_session', { session: '../..' }), /no_such_session/u);
    await assert.rejects(call('branch_session', { session: 'x', atMessage: 3 }), /bad_request|schema/u);
    assert.equal(await count(), sessions);
  });
});

describe('a link', () => {
  afterEach(() => mock.restoreAll());

  interface Followed {
    readonly asked: readonly string[];
    readonly run: readonly (readonly unknown[])[];
    readonly warned: readonly string[];
  }

  async function follow(path: string, query: string, agree: boolean): Promise<Followed> {
    const { services } = await makeScene((store) => void store.add('s', 'pRpR'));
    const asked: string[] = [];
    const run: (readonly unknown[])[] = [];
    const warned: string[] = [];
    mock.method(
      vscode.window,
      'showInformationMessage',
      async (text: string, options: object, ...buttons: string[]) => {
        asked.push(`${text} ${JSON.stringify(options)} ${buttons.join()}`);
        return agree ? buttons[0] : undefined;
      },
    );
    for (const name of ['showWarningMessage', 'showErrorMessage'] as const) {
      mock.method(vscode.window, name, async (text: string) => void warned.push(text));
    }
    mock.method(vscode.commands, 'executeCommand', async (...args: unknown[]) => void run.push(args));
    await handleLink(services, { path, query });
    return { asked, run, warned };
  }

  it('to fork is shown first and then done', async () => {
    const { asked, run } = await follow('/fork', 'agent=memory&session=s&at=2&label=By%20link', true);
    assert.equal(asked.length, 1);
    assert.match(asked[0] ?? '', /^Fork “s” and keep 2 messages\? .*"modal":true.* Fork$/u);
    const argument = { agent: 'memory', id: 's', point: { after: 's-2' }, origin: 'uri', title: 'By link' };
    assert.deepEqual(run, [['sessionForks.fork', argument]]);
  });

  it('to open goes to the message', async () => {
    const { run } = await follow('/open', 'agent=memory&session=s&at=3', true);
    assert.deepEqual(run, [['sessionForks.open', { agent: 'memory', id: 's', message: 's-3' }]]);
  });

  it('does nothing when the person says no', async () => {
    const { asked, run } = await follow('/fork', 'agent=memory&session=s', false);
    assert.deepEqual([asked.length, run], [1, []]);
  });

  const bad: readonly (readonly [string, string])[] = [
    ['/fork', 'agent=memory&session=gone'],
    ['/fork', 'agent=memory&session=..%2F..%2Fetc'],
    ['/fork', 'agent=nobody&session=s'],
    ['/fork', 'agent=memory&session=s&at=99'],
    ['/fork', 'agent=memory&session=s&message=gone'],
    ['/fork', 'agent=memory&session=s&at=1'],
    ['/open', 'agent=memory&session=s&message=gone'],
    ['/run', 'agent=memory&session=s'],
  ];
  for (const [path, query] of bad) {
    it(`${path}?${query} is refused with one message`, async () => {
      const { asked, run, warned } = await follow(path, query, true);
      assert.deepEqual({ asked, run, warnings: warned.length }, { asked: [], run: [], warnings: 1 });
    });
  }
});
