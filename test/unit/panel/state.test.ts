import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildForest } from '../../../src/core/forkTree.ts';
import {
  agentId,
  type Lineage,
  type Message,
  messageId,
  type SessionInfo,
  sessionId,
} from '../../../src/core/model.ts';
import type { PanelState } from '../../../src/protocol.ts';
import { buildPanelState, clampRange, keptMessages } from '../../../src/vscode/panel/state.ts';
import { infoOf } from '../support/infos.ts';

const agent = agentId('fake');

/** `child<parent@3` is a fork that kept 3 messages, `child~parent@3` a rewound one, `run!parent@0` of a subagent. */
function session(notation: string, more: Partial<SessionInfo> = {}): SessionInfo {
  const [, id = '', mark, parent = '', kept] = /^(\w+)(?:([<~!])(\w+)@(\d+))?$/.exec(notation) ?? [];
  const lineage: Lineage = {
    parent: { agent, id: sessionId(parent) },
    kind: mark === '~' ? 'rewound' : mark === '!' ? 'subagent' : 'fork',
    messages: Number(kept),
    how: 'recorded',
  };
  return infoOf(id, {
    ref: { agent, id: sessionId(id) },
    created: 1,
    updated: 1,
    messageCount: 4,
    ...(mark && { lineage }),
    ...more,
  });
}

const message = (id: string): Message => ({ kind: 'prompt', id: messageId(id), text: id, attachments: [] });

function state(sessions: readonly SessionInfo[], of: string, total = 4): PanelState {
  const info = sessions.find(({ ref }) => ref.id === of);
  assert.ok(info);
  return buildPanelState({
    transcript: { info, messages: [message('m')], first: total - 1, total },
    forest: buildForest(sessions),
    agentName: 'Fake',
    capabilities: { forkAt: 'reply', emptyFork: false },
    live: { status: 'none', turn: [], plan: [] },
    composer: { enabled: true, modes: [], models: [], commands: [], queue: [] },
    forking: false,
    strings: {},
  });
}

const kindsOf = ({ map }: PanelState): readonly string[] =>
  map.map(({ link, kind }) => `${link.title} ${kind}`);

describe('the state of a panel', () => {
  it('leads from the root to the parent (checklist 0.10)', () => {
    const sessions = [session('a'), session('b<a@2'), session('c<b@3')];
    assert.deepEqual(
      state(sessions, 'c').path.map(({ title }) => title),
      ['a', 'b'],
    );
    assert.deepEqual(state(sessions, 'a').path, []);
  });

  it('counts inherited messages, never more than there are', () => {
    const sessions = [session('a'), session('b<a@2'), session('c<a@9')];
    assert.equal(state(sessions, 'b').inherited, 2);
    assert.equal(state(sessions, 'c').inherited, 4);
    assert.equal(state(sessions, 'a').inherited, 0);
  });

  it('shows the run of a subagent under its session and counts it as no fork (trap 17)', () => {
    const sessions = [session('a'), session('b<a@0'), session('run!a@0'), session('other!a@0')];
    const parent = state(sessions, 'a');
    assert.deepEqual(
      Object.entries(parent.forksAt).flatMap(([at, forks]) => [at, forks.length]),
      ['0', 1],
    );
    assert.deepEqual(kindsOf(parent), ['a root', 'b fork']);
    const run = state(sessions, 'run');
    assert.deepEqual(kindsOf(run), ['a root', 'b fork', 'run subagent']);
    assert.deepEqual(
      run.path.map(({ title }) => title),
      ['a'],
    );
    assert.deepEqual([run.divider?.kind, run.divider?.siblings.length, run.inherited], ['subagent', 1, 0]);
  });

  it('walks the forks that start at the same message only, oldest first', () => {
    const sessions = [
      session('a'),
      session('c<a@2', { created: 3 }),
      session('b<a@2', { created: 2 }),
      session('d<a@3'),
    ];
    const divider = state(sessions, 'c').divider;
    assert.deepEqual(
      divider?.siblings.map(({ title }) => title),
      ['b', 'c'],
    );
    assert.equal(divider?.position, 1);
    assert.equal(divider?.parent?.title, 'a');
  });

  it('has a divider without a parent when the parent is deleted', () => {
    const { divider, path } = state([session('b<gone@2')], 'b');
    assert.equal(divider?.messages, 2);
    assert.equal(divider?.parent, undefined);
    assert.deepEqual(path, []);
  });

  it('has no divider in a session that is no fork', () => {
    assert.equal(state([session('a')], 'a').divider, undefined);
  });

  it('says how a rewound branch differs from a fork', () => {
    assert.equal(state([session('a'), session('b~a@2')], 'b').divider?.kind, 'rewound');
  });

  it('tells how many forks start at each message, by the number of messages they kept', () => {
    const { forksAt } = state([session('a'), session('b<a@2'), session('c<a@2'), session('d<a@3')], 'a');
    assert.deepEqual(
      Object.entries(forksAt).map(([number, links]) => [number, links.length]),
      [
        ['2', 2],
        ['3', 1],
      ],
    );
  });

  it('maps the whole tree in order, with depths', () => {
    const sessions = [session('a', { updated: 9 }), session('b<a@2'), session('c<b@3'), session('z')];
    assert.deepEqual(
      state(sessions, 'b').map.map(({ link, depth, kind, messages }) => [link.title, depth, kind, messages]),
      [
        ['a', 0, 'root', 4],
        ['b', 1, 'fork', 2],
        ['c', 2, 'fork', 3],
      ],
    );
  });

  it('offers no fork of a session without messages', () => {
    assert.equal(state([session('a')], 'a', 0).canFork, false);
    assert.equal(state([session('a')], 'a', 4).canFork, true);
  });

  it('is called by its first prompt when it has no title', () => {
    assert.equal(state([session('a', { title: ' ', preview: 'Fix it' })], 'a').title, 'Fix it');
  });
});

describe('a stretch that the page asks for', () => {
  it('stays within the session and within the limit', () => {
    assert.deepEqual(clampRange(10, 60, 100), { from: 10, to: 60 });
    assert.deepEqual(clampRange(-5, 900, 100, 40), { from: 60, to: 100 });
    assert.deepEqual(clampRange(80, 20, 100), { from: 20, to: 20 });
  });
});

describe('what is posted of a running turn', () => {
  it('leaves out the leading messages that did not change', () => {
    const [a, b, c] = [message('a'), message('b'), message('c')];
    assert.equal(keptMessages([a, b], [a, c]), 1);
    assert.equal(keptMessages([a, b], [a, b, c]), 2);
    assert.equal(keptMessages([a, b], [a]), 1);
    assert.equal(keptMessages([], [a]), 0);
  });
});
