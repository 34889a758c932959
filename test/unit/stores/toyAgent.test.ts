import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Catalog } from '../../../src/core/catalog.ts';
import { ForkService } from '../../../src/core/forkService.ts';
import { agentId, messageId, type SessionRef, sessionId } from '../../../src/core/model.ts';
import type { StoreFactory } from '../../../src/stores/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** A copy of src in which CONTRIBUTING was followed: one file, and one line in the list with its import. */
function followPage(folder: string): void {
  const stores = join(folder, 'src/stores');
  mkdirSync(join(stores, 'toy'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(root, 'src/core'), join(folder, 'src/core'));
  for (const name of readdirSync(join(root, 'src/stores')).filter((name) => name !== 'index.ts')) {
    symlinkSync(join(root, 'src/stores', name), join(stores, name));
  }
  const [, file] = /^```ts\n(.*?)^```$/ms.exec(page) ?? [];
  const [, line] = /One line in the list of `src\/stores\/index\.ts`.*: `(.*)`$/m.exec(page) ?? [];
  assert.ok(file && line, 'CONTRIBUTING does not show the file and the line');
  writeFileSync(join(stores, 'toy/index.ts'), file);
  const list = readFileSync(join(root, 'src/stores/index.ts'), 'utf8');
  const changed = list.replace(/\n\];/, `\n  ${line}\n];`);
  assert.notEqual(changed, list);
  writeFileSync(join(stores, 'index.ts'), `import { toy } from './toy/index.ts';\n${changed}`);
}

describe('A ninth agent, added as CONTRIBUTING shows', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-toy-'));
  const source: SessionRef = { agent: agentId('toy'), id: sessionId('first') };
  const file = join(folder, '.toy/first.jsonl');
  let catalog: Catalog;
  let service: ForkService;

  before(async () => {
    followPage(folder);
    cpSync(join(root, 'test/fixtures/toy-agent'), join(folder, '.toy'), { recursive: true });
    const added: { readonly storeFactories: readonly StoreFactory[] } = await import(
      pathToFileURL(join(folder, 'src/stores/index.ts')).href
    );
    const environment = { home: folder, variables: {}, folders: {} };
    catalog = new Catalog(added.storeFactories.map((factory) => factory(environment)));
    service = new ForkService(catalog);
    await catalog.refresh();
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const wordsOf = async (ref: SessionRef): Promise<readonly string[]> => {
    const { messages } = (await catalog.store(ref.agent)?.read(ref.id)) ?? assert.fail('no store');
    return messages.map((message) =>
      message.kind === 'prompt' ? `> ${message.text}` : message.parts.map((part) => part.kind).join(),
    );
  };

  it('compiles under the rules of the house', () => {
    const config = join(folder, 'tsconfig.json');
    const include = ['src/stores/index.ts', 'src/stores/toy/index.ts'];
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), include }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  it('stands beside the other eight, and lists a damaged session with its problem', () => {
    assert.equal(catalog.agents().length, 9);
    assert.deepEqual(catalog.problems(), []);
    assert.deepEqual(
      catalog.sessions().map(({ title, messageCount, problem }) => [title, messageCount, problem?.text]),
      [
        ['Damaged', 1, 'Line 3 is damaged.'],
        ['Toys', 4, undefined],
      ],
    );
  });

  it('reads', async () => {
    assert.deepEqual(await wordsOf(source), ['> Which toy?', 'text', '> Which colour?', 'text']);
  });

  it('forks by the fork service after a reply, before a prompt, before all, and a fork again', async () => {
    const bytes = readFileSync(file);
    const { messages } = (await catalog.store(source.agent)?.read(source.id)) ?? assert.fail('no store');
    const [first, reply, prompt] = messages.map(({ id }) => id);
    assert.ok(first && reply && prompt);
    const whole = await service.fork({ source, point: 'end', origin: 'api' });
    const child = await service.fork({ source: whole.session, point: { after: reply }, origin: 'api' });
    const edited = await service.fork({ source, point: { before: prompt }, origin: 'api' });
    const empty = await service.fork({ source, point: { before: first }, origin: 'api' });
    assert.deepEqual(
      [whole, child, edited, empty].map((fork) => fork.messages),
      [4, 2, 2, 0],
    );
    assert.equal(edited.draft?.text, 'Which colour?');
    assert.deepEqual(await wordsOf(child.session), ['> Which toy?', 'text']);
    assert.deepEqual(await wordsOf(empty.session), []);
    assert.deepEqual(catalog.get(child.session)?.lineage?.parent, whole.session);
    const copy = readFileSync(join(folder, '.toy', `${whole.session.id}.jsonl`), 'utf8');
    assert.match(copy, /"mood":"a field that nobody knows"/);
    await service.undo(empty);
    assert.equal(catalog.get(empty.session), undefined);
    assert.deepEqual(readFileSync(file), bytes);
  });

  it('refuses a fork point that is gone', async () => {
    const cut = { keep: 2, last: messageId('elsewhere') };
    const store = catalog.store(source.agent) ?? assert.fail('no store');
    await assert.rejects(store.fork(source.id, cut, 'x'), { code: 'fork_point_invalid' });
  });
});
