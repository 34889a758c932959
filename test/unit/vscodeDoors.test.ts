import './vscodeStub.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { messageId } from '../../src/core/model.ts';
import { sessionTools } from '../../src/mcp/tools.ts';
import { checkFork } from '../../src/vscode/doors/apiRequest.ts';
import { logForks } from '../../src/vscode/doors/forkLog.ts';
import { readLink } from '../../src/vscode/doors/linkRequest.ts';
import type { Services } from '../../src/vscode/services.ts';
import { MemoryStore } from './support/memoryStore.ts';

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return Reflect.get(Object(error), 'code');
  }
  return assert.fail('nothing was thrown');
};

describe('a link', () => {
  it('names a session, a point and a label', () => {
    const query = 'agent=claude-code&session=s-1&at=6&side=after&label=A%20way%20%26%20more';
    assert.deepEqual(readLink('/fork', query), {
      verb: 'fork',
      session: { agent: 'claude-code', id: 's-1' },
      point: { keep: 6, side: 'after' },
      label: 'A way & more',
    });
    assert.deepEqual(readLink('/open', 'agent=a&session=s').point, {});
  });

  const bad: readonly (readonly [string, string, string, string])[] = [
    ['another path', '/run', 'agent=a&session=s', 'bad_request'],
    ['a path below', '/fork/x', 'agent=a&session=s', 'bad_request'],
    ['no session', '/fork', 'agent=a', 'no_source'],
    ['no agent', '/fork', 'session=s', 'no_source'],
    ['an empty session', '/fork', 'agent=a&session=', 'no_source'],
    ['an unknown part', '/fork', 'agent=a&session=s&command=rm', 'bad_request'],
    ['a part of another verb', '/open', 'agent=a&session=s&label=x', 'bad_request'],
    ['a part twice', '/fork', 'agent=a&session=s&session=t', 'bad_request'],
    ['a point that is no number', '/fork', 'agent=a&session=s&at=1e3', 'bad_request'],
    ['a negative point', '/fork', 'agent=a&session=s&at=-1', 'bad_request'],
    ['a huge point', '/fork', 'agent=a&session=s&at=99999999', 'bad_request'],
    ['an unknown side', '/fork', 'agent=a&session=s&at=1&side=around', 'bad_request'],
    ['a huge label', '/fork', `agent=a&session=s&label=${'x'.repeat(501)}`, 'bad_request'],
    ['a control character', '/fork', 'agent=a&session=s%00', 'bad_request'],
    ['a line end in the label', '/fork', 'agent=a&session=s&label=a%0Ab', 'bad_request'],
  ];
  for (const [what, path, query, code] of bad) {
    it(`with ${what} -> ${code}`, () => {
      assert.equal(
        codeOf(() => readLink(path, query)),
        code,
      );
    });
  }
});

describe('a request of another extension', () => {
  const source = { agent: 'a', id: 's' };

  it('is taken with every kind of point', () => {
    assert.deepEqual(checkFork({ source }), { source, point: 'end' });
    assert.deepEqual(checkFork({ source, point: { after: 'm' } }).point, { after: messageId('m') });
    assert.deepEqual(checkFork({ source, point: { keep: 0 } }).point, { keep: 0 });
    const { signal } = new AbortController();
    const more = { title: 'T', whenBusy: 'wait', signal };
    assert.deepEqual(checkFork({ source, ...more }), { source, point: 'end', ...more });
  });

  const bad: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'no_source'],
    ['no source', { point: 'end' }, 'no_source'],
    ['a source of another kind', { source: 's' }, 'bad_request'],
    ['a number as id', { source: { agent: 'a', id: 5 } }, 'bad_request'],
    ['an empty id', { source: { agent: 'a', id: '' } }, 'bad_request'],
    ['a huge id', { source: { agent: 'a', id: 'x'.repeat(501) } }, 'bad_request'],
    ['no agent', { source: { id: 's' } }, 'bad_request'],
    ['an unknown point', { source, point: 'start' }, 'bad_request'],
    ['an empty point', { source, point: {} }, 'bad_request'],
    ['nothing (null) as point', { source, point: null }, 'bad_request'],
    ['a point of two members', { source, point: { after: 'm', before: 'm' } }, 'bad_request'],
    ['half a message', { source, point: { keep: 0.5 } }, 'bad_request'],
    ['a message that is no text', { source, point: { after: 3 } }, 'bad_request'],
    ['a huge title', { source, title: 'x'.repeat(2001) }, 'bad_request'],
    ['a title that is no text', { source, title: { a: 1 } }, 'bad_request'],
    ['an unknown whenBusy', { source, whenBusy: 'now' }, 'bad_request'],
    ['a signal that is none', { source, signal: {} }, 'bad_request'],
  ];
  for (const [what, request, code] of bad) {
    it(`with ${what} -> ${code}`, () => {
      assert.equal(
        codeOf(() => checkFork(request)),
        code,
      );
    });
  }
});

describe('the tools in package.json', () => {
  it('are the server’s, with the same inputs', async () => {
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
    type Contributed = { name: string; modelDescription: string; inputSchema: unknown };
    const contributed: readonly Contributed[] = manifest.contributes.languageModelTools;
    assert.deepEqual(
      contributed.map(({ name, modelDescription, inputSchema }) => ({ name, modelDescription, inputSchema })),
      sessionTools.map(({ name, description, inputSchema }) => ({
        name: `sessionForks_${name}`,
        modelDescription: description,
        inputSchema,
      })),
    );
  });
});

describe('the fork log', { timeout: 60_000 }, () => {
  async function withLog(use: (scene: Scene) => Promise<void>, file = 'deep/forks.jsonl'): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'fork-log-'));
    const store = new MemoryStore();
    store.add('s', 'pRpR');
    const catalog = new Catalog([store]);
    const lines: string[] = [];
    const note = (text: string): void => void lines.push(text);
    const log = { info: note, warn: note } as unknown as Services['log'];
    const path = join(folder, file);
    const logging = logForks({ catalog, log }, path);
    await use({ store, catalog, service: new ForkService(catalog), lines, path, folder });
    logging.dispose();
    await rm(folder, { recursive: true });
  }

  interface Scene {
    readonly store: MemoryStore;
    readonly catalog: Catalog;
    readonly service: ForkService;
    readonly lines: string[];
    readonly path: string;
    readonly folder: string;
  }

  /** It is written behind the fork's back. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  const linesIn = (path: string): readonly string[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];

  it('says who asked, from where to where, at which point, by which way and how long', async () => {
    await withLog(async ({ store, catalog, service, lines, path }) => {
      store.capabilities = { ...store.capabilities, forkWay: 'agent' };
      const [id] = [...store.kept.keys()];
      const source = { agent: store.agent.id, id: id ?? assert.fail() };
      await catalog.refresh();
      await service.fork({ source, point: { after: messageId('s-2') }, title: 'Named', origin: 'lens' });
      store.add('outside', 'pR', { lineage: { parent: source, kind: 'fork', messages: 2, how: 'recorded' } });
      await catalog.refresh();
      await until(() => linesIn(path).length >= 2);
      const records = linesIn(path).map((line) => JSON.parse(line));
      assert.equal(records.length, 2);
      const [own, other] = records;
      assert.ok(Math.abs(Date.parse(own.at) - Date.now()) < 60_000);
      assert.deepEqual(
        { ...own, at: 0, durationMs: typeof own.durationMs },
        {
          at: 0,
          origin: 'lens',
          source: { agent: 'memory', id: 's', title: 's' },
          child: { agent: 'memory', id: 'child-1', title: 'Named' },
          point: { after: 's-2' },
          messages: 2,
          way: 'agent',
          durationMs: 'number',
        },
      );
      assert.deepEqual([other.origin, other.child.id, other.way], ['outside', 'outside', 'outside']);
      const page = await readFile(join(import.meta.dirname, '../../docs/programs.md'), 'utf8');
      const example = JSON.parse(/^```jsonl\n(.*)\n```$/mu.exec(page)?.[1] ?? '');
      assert.deepEqual(Object.keys(own), Object.keys(example));
      assert.match(
        lines[0] ?? '',
        /^Forked memory s -> child-1: fork@2, asked by lens, by the agent itself, \d+ ms$/u,
      );
      assert.equal(lines.length, 2);
    });
  });

  it('never fails a fork when it cannot be written', async () => {
    await withLog(async ({ store, service, lines, folder }) => {
      await writeFile(join(folder, 'file'), '');
      const [id] = [...store.kept.keys()];
      const source = { agent: store.agent.id, id: id ?? assert.fail() };
      await service.fork({ source, point: 'end', origin: 'api' });
      await until(() => lines.length >= 2);
      assert.match(lines.at(-1) ?? '', /could not be written/u);
    }, 'file/forks.jsonl');
  });
});
