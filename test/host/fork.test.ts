import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as vscode from 'vscode';
import type { ForkResult } from '../../src/core/forkService.ts';
import type { SessionInfo, SessionRef } from '../../src/core/model.ts';
import type { ApiForkEvent, SessionForksApi } from '../../src/vscode/api.ts';
import {
  eventually,
  extensionId,
  findSample,
  homeStores,
  installHomeSamples,
  workspaceFolder,
} from './sampleHome.ts';

const run = <T = unknown>(id: string, argument?: unknown): Thenable<T> =>
  vscode.commands.executeCommand<T>(`sessionForks.${id}`, argument);

async function listed(ref: SessionRef): Promise<SessionInfo | undefined> {
  const store = homeStores().find(({ agent }) => agent.id === ref.agent);
  const listing = await store?.list();
  return listing?.sessions.find((info) => info.ref.id === ref.id);
}

const allSessions = async (): Promise<readonly SessionInfo[]> =>
  (await Promise.all(homeStores().map((store) => store.list()))).flatMap(({ sessions }) => sessions);

const panelTitles = (): readonly string[] =>
  vscode.window.tabGroups.all.flatMap(({ tabs }) =>
    tabs.filter(({ input }) => input instanceof vscode.TabInputWebview).map(({ label }) => label),
  );

describe('forking by command', () => {
  before(installHomeSamples);
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('forks after a reply without any question, leaves the source alone and opens the panel (checklist 0.1, 0.3, 3.3)', async () => {
    const { info, transcript } = await findSample('Add OAuth login');
    const bytes = readFileSync(info.file?.path ?? '');
    const reply = transcript.messages[5] ?? assert.fail();
    const result = await run<ForkResult>('fork', {
      ...info.ref,
      point: { after: reply.id },
      title: 'By command',
    });
    const child = (await listed(result.session)) ?? assert.fail();
    assert.equal(child.title, 'By command');
    assert.deepEqual(child.lineage?.parent, info.ref);
    assert.equal(child.lineage?.messages, 6);
    assert.deepEqual(readFileSync(info.file?.path ?? ''), bytes);
    await eventually(() => panelTitles().some((title) => title.includes('By command')));
  });

  it('does nothing where VS Code hands on no row, as in the moment in which the tree is drawn anew', async () => {
    const { info } = await findSample('Add OAuth login');
    await run('showInTree', info.ref);
    const before = (await allSessions()).length;
    assert.equal(await vscode.commands.executeCommand('sessionForks.fork', undefined, null), undefined);
    assert.equal((await allSessions()).length, before, 'the selected row was not forked in its place');
  });

  it('takes the last fork back by Undo Fork and closes its panel', async () => {
    const { info } = await findSample('By command');
    await run('undoFork');
    assert.equal(await listed(info.ref), undefined);
    await eventually(() => !panelTitles().some((title) => title.includes('By command')));
  });

  it('forks the newest session of this folder (checklist 0.2)', async () => {
    const result = await run<ForkResult>('forkLatest');
    assert.equal(result.forkedFrom.title, 'Migration first');
    await run('undoFork');
  });

  it('renames by argument', async () => {
    const { info } = await findSample('Opaque tokens');
    await run('rename', { ...info.ref, title: 'Opaque\u202e tokens\n2' });
    assert.equal((await listed(info.ref))?.title, 'Opaque tokens 2');
    await run('rename', { ...info.ref, title: 'Opaque tokens' });
  });

  it('deletes a fork to which nothing was added without confirmation (checklist 1.12)', async () => {
    const { info } = await findSample('Flaky upload test');
    const result = await run<ForkResult>('fork', { ...info.ref, title: 'For the bin' });
    await run('remove', result.session);
    assert.equal(await listed(result.session), undefined);
  });

  it('writes nothing when the message is gone, and gives no session (checklist 3.5, trap 3)', async () => {
    const { store, info } = await findSample('Add OAuth login');
    const before = (await store.list()).sessions.length;
    const answer = await run('fork', { ...info.ref, point: { after: 'no-such-message' } });
    assert.equal(answer, undefined);
    assert.equal((await store.list()).sessions.length, before);
  });

  it('gives other extensions an error with a code, without any message (checklist 0.16: no_such_session)', async () => {
    const api: SessionForksApi = vscode.extensions.getExtension(extensionId)?.exports;
    const { info } = await findSample('Add OAuth login');
    const gone = { ...info.ref, id: 'gone' } as unknown as SessionRef;
    await assert.rejects(api.forkSession({ source: gone, point: 'end' }), { code: 'no_such_session' });
  });

  it('is no_source for a caller that names no session (checklist 0.11)', async () => {
    const api = vscode.extensions.getExtension(extensionId)?.exports;
    await assert.rejects(api.forkSession({ point: 'end' }), { code: 'no_source' });
    await assert.rejects(api.forkSession(), { code: 'no_source' });
  });

  it('leaves a fork in the folder of its source, whichever is open here (checklist 0.16: other_project)', async () => {
    const api: SessionForksApi = vscode.extensions.getExtension(extensionId)?.exports;
    const { sessions } = (await homeStores()[0]?.list()) ?? assert.fail();
    const other = sessions.find(({ cwd }) => cwd !== workspaceFolder()) ?? assert.fail();
    const { session } = await api.forkSession({ source: other.ref, point: 'end' });
    const child = (await listed(session)) ?? assert.fail();
    assert.equal(child.cwd, other.cwd);
    assert.equal(dirname(child.file?.path ?? ''), dirname(other.file?.path ?? ''));
    await homeStores()[0]?.remove?.(session.id);
  });

  it('tells forks once, its own and those made by other programs', async () => {
    const api: SessionForksApi = vscode.extensions.getExtension(extensionId)?.exports;
    const told: ApiForkEvent[] = [];
    const listener = api.onDidFork((event) => told.push(event));
    const { store, info } = await findSample('Bump Node to 24');
    const own = await api.forkSession({ source: info.ref, point: 'end', title: 'Own fork' });
    const last = (await store.read(info.ref.id)).messages[1] ?? assert.fail();
    const outside = await store.fork(info.ref.id, { keep: 2, last: last.id }, 'Outside fork');
    await eventually(() => told.some(({ origin }) => origin === 'outside'));
    listener.dispose();
    assert.deepEqual(
      told.map(({ origin, child, forkPoint }) => ({ origin, id: child.id, forkPoint })),
      [
        { origin: 'api', id: own.session.id, forkPoint: own.messages },
        { origin: 'outside', id: outside, forkPoint: 2 },
      ],
    );
    await store.remove?.(own.session.id);
    await store.remove?.(outside);
  });
});
