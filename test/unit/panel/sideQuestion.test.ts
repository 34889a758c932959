import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  PermissionRequest,
  SessionOptions,
  TurnEnd,
} from '../../../src/core/liveAgent.ts';
import { agentId, type SessionRef, sessionId } from '../../../src/core/model.ts';
import { SideQuestion } from '../../../src/vscode/panel/sideQuestion.ts';

const fork: SessionRef = { agent: agentId('fake'), id: sessionId('fork') };
const ask = (text: string) => ({ text, attachments: [] });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const options = { modes: [], models: [], commands: [], images: false };

/** A side question whose agent the test plays; the log says what was done, in order. */
function fixture() {
  const log: string[] = [];
  const wishes: {
    fork?: Error;
    start?: Error;
    drop?: Error;
    blocked?: string;
    shown?: SessionOptions;
    mode?: Error;
    options: SessionOptions;
  } = {
    options,
  };
  const turns: { end(end: TurnEnd): void; fail(error: Error): void }[] = [];
  let observer: ConversationObserver | undefined;
  const orThrow = (what: string, error: Error | undefined): void => {
    log.push(what);
    if (error) throw error;
  };
  const conversation: Conversation = {
    session: { ...fork, id: sessionId('carried-on') },
    options: () => wishes.options,
    prompt: ({ text }) => {
      log.push(`prompt ${text}`);
      return new Promise((end, fail) => turns.push({ end, fail }));
    },
    cancel: async () => undefined,
    setMode: async (id) => orThrow(`mode ${id}`, wishes.mode),
    setModel: async () => undefined,
    close: async () => {
      log.push('close');
      turns.at(-1)?.fail(new SessionForksError('cancelled', 'closed'));
    },
  };
  const side = new SideQuestion({
    blocked: () => wishes.blocked,
    makeFork: async () => {
      orThrow('fork', wishes.fork);
      return {
        session: fork,
        carriedOnAs: async ({ id }) => void log.push(id),
        drop: async () => orThrow('drop', wishes.drop),
      };
    },
    start: async (session, given) => {
      observer = given;
      orThrow(`start ${session.id}`, wishes.start);
      return conversation;
    },
    shown: () => wishes.shown,
    explain: (error) => (error instanceof Error ? error.message : ''),
    left: () => void log.push('left'),
    changed: () => undefined,
    t: (text) => text,
  });
  const agent = (): ConversationObserver => {
    assert.ok(observer, 'the agent was not started');
    return observer;
  };
  return { side, log, wishes, turns, agent };
}

describe('a question on the side', () => {
  it('is asked in a fork, which is dropped once its agent has ended', async () => {
    const { side, log, turns, agent } = fixture();
    side.ask(ask('why?'));
    await settled();
    agent().update({ kind: 'text', text: 'Beca' });
    agent().update({ kind: 'text', text: 'use.' });
    assert.deepEqual(side.shown, { question: 'why?', status: 'working', answer: 'Because.' });
    turns[0]?.end('done');
    await settled();
    assert.deepEqual(log, ['fork', 'start fork', 'carried-on', 'prompt why?', 'close', 'drop']);
    assert.deepEqual(side.shown, { question: 'why?', status: 'done', answer: 'Because.' });
  });

  it('whose agent fails is dropped too, and says why', async () => {
    const { side, log, wishes } = fixture();
    wishes.start = new Error('Not installed.');
    side.ask(ask('why?'));
    await settled();
    assert.deepEqual(log, ['fork', 'start fork', 'drop']);
    assert.deepEqual([side.shown?.status, side.shown?.remark], ['failed', 'Not installed.']);
  });

  it('goes on with no more rights than the panel shows, and not at all when the agent refuses', async () => {
    const modes = [
      { id: 'plan', name: 'Plan' },
      { id: 'edits', name: 'Accept edits' },
    ];
    const { side, log, wishes } = fixture();
    wishes.options = { ...options, modes, mode: 'edits' };
    wishes.shown = { ...options, modes, mode: 'plan' };
    wishes.mode = new Error('No such mode.');
    side.ask(ask('why?'));
    await settled();
    assert.deepEqual(log, ['fork', 'start fork', 'carried-on', 'mode plan', 'close', 'drop']);
    delete wishes.mode;
    log.length = 0;
    side.ask(ask('why?'));
    await settled();
    assert.deepEqual(log, ['fork', 'start fork', 'carried-on', 'mode plan', 'prompt why?']);
  });

  it('that could not be forked starts no agent', async () => {
    const { side, log, wishes } = fixture();
    wishes.fork = new Error('Nothing to fork.');
    side.ask(ask('why?'));
    await settled();
    assert.deepEqual([log, side.shown?.remark], [['fork'], 'Nothing to fork.']);
  });

  it('is not even forked where no agent may be started, and says why (invariant 8)', async () => {
    const { side, log, wishes } = fixture();
    wishes.blocked = 'Trust this folder.';
    side.ask(ask('why?'));
    await settled();
    assert.deepEqual([log, side.shown?.status, side.shown?.remark], [[], 'failed', 'Trust this folder.']);
  });

  it('closed while it runs ends its agent, then drops the fork, and shows nothing more', async () => {
    const { side, log, agent } = fixture();
    side.ask(ask('why?'));
    await settled();
    await side.close();
    agent().update({ kind: 'text', text: 'late' });
    assert.equal(side.shown, undefined);
    assert.equal(log.at(-1), 'drop');
    assert.ok(log.indexOf('close') < log.indexOf('drop'));
  });

  it('asked after another takes its place, once the fork of the first is gone', async () => {
    const { side, log } = fixture();
    side.ask(ask('one'));
    await settled();
    side.ask(ask('two'));
    await settled();
    await settled();
    assert.equal(side.shown?.question, 'two');
    assert.deepEqual(
      log.filter((line) => /fork|drop|prompt/.test(line)),
      ['fork', 'start fork', 'prompt one', 'drop', 'fork', 'start fork', 'prompt two'],
    );
    await side.close();
  });

  it('refuses what the agent wants permission for, and says so', async () => {
    const { side, turns, agent } = fixture();
    const request: PermissionRequest = {
      id: 'q',
      call: { id: 't' },
      options: [
        { id: 'yes', name: 'Yes', kind: 'allow_once' },
        { id: 'no', name: 'No', kind: 'reject_once' },
      ],
    };
    side.ask(ask('why?'));
    await settled();
    assert.deepEqual(await agent().permission(request), { option: 'no' });
    assert.equal(await agent().permission({ ...request, options: [] }), 'cancelled');
    turns[0]?.end('done');
    await settled();
    assert.match(side.shown?.remark ?? '', /refused on the side/);
  });

  it('whose fork cannot be dropped still shows its answer; the log tells', async () => {
    const { side, log, turns, wishes } = fixture();
    wishes.drop = new Error('The disk is read-only.');
    side.ask(ask('why?'));
    await settled();
    turns[0]?.end('done');
    await settled();
    assert.deepEqual([side.shown?.status, log.at(-1)], ['done', 'left']);
  });
});
