import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentId, type Message, messageId, sessionId } from '../../../src/core/model.ts';
import type { PanelState } from '../../../src/protocol.ts';
import { joinStates, withLive, withPage } from '../../../src/webview/receive.ts';
import { verbOf } from '../../../src/webview/verb.ts';
import { panelState } from '../../ui/support/panelPage.ts';

/** `p` a prompt, `r` a finished reply in the middle of a turn, `R` one that ends it, `o` an open one. */
const message = (mark: string, number: number): Message => {
  const id = messageId(`m${number}`);
  return mark === 'p'
    ? { kind: 'prompt', id, text: '', attachments: [] }
    : { kind: 'reply', id, parts: [], finished: mark !== 'o', endsTurn: mark === 'R' };
};

const state = (marks: string, first = 0, more: Partial<PanelState> = {}): PanelState =>
  panelState({
    total: first + marks.length,
    first,
    messages: [...marks].map((mark, index) => message(mark, first + index + 1)),
    ...more,
  });

const numbers = ({ messages }: PanelState): string => messages.map(({ id }) => id).join(' ');

/** What each message's verb keeps: `+3` after it, `-2` before it, `.` no verb. */
const verbs = (of: PanelState): string =>
  of.messages
    .map((_, index) => {
      const verb = verbOf(of, index);
      return verb ? `${verb.kind === 'forkAfter' ? '+' : '-'}${verb.keeps}` : '.';
    })
    .join(' ');

describe('the verb of a message', () => {
  it('keeps everything through a reply, and everything before a prompt', () => {
    assert.equal(verbs(state('pRpR')), '. +2 -2 +4');
  });

  it('counts from the start of the session, not of what is loaded', () => {
    assert.equal(verbs(state('pR', 10)), '-10 +12');
  });

  it('is not there on a reply that is not finished', () => {
    assert.equal(verbs(state('pRpo')), '. +2 -2 .');
  });

  it('is only where a turn ends when the agent forks nowhere else', () => {
    assert.equal(verbs(state('prR')), '. +2 +3');
    assert.equal(verbs(state('prR', 0, { forkAt: 'turn' })), '. . +3');
  });

  it('stands on the first prompt only when the agent can resume an empty fork', () => {
    assert.equal(verbs(state('pR', 0, { emptyFork: true })), '-0 +2');
  });

  it('does not count a prompt without an answer before it', () => {
    assert.equal(verbs(state('pRpp')), '. +2 -2 -2');
  });

  it('is nowhere when the session cannot be forked', () => {
    assert.equal(verbs(state('pR', 0, { canFork: false })), '. .');
  });
});

describe('what the page makes of the host’s messages', () => {
  const messages = (marks: string, first: number): readonly Message[] =>
    [...marks].map((mark, index) => message(mark, first + index + 1));
  const drawn = { from: 0, to: 10 };

  it('joins a stretch that reaches its own messages, without doubles', () => {
    const earlier = withPage(state('pR', 2), 0, messages('pRpR', 0), drawn);
    assert.equal(numbers(earlier), 'm1 m2 m3 m4');
    assert.equal(earlier.first, 0);
    const later = withPage(state('pR', 0, { total: 6 }), 2, messages('pRpR', 2), drawn);
    assert.equal(numbers(later), 'm1 m2 m3 m4 m5 m6');
  });

  it('takes a stretch that would leave a gap in place of its own messages', () => {
    const jumped = withPage(state('pR', 40), 10, messages('pR', 10), drawn);
    assert.equal(numbers(jumped), 'm11 m12');
    assert.equal(jumped.first, 10);
  });

  it('lets go of messages far from what is drawn once it holds more than 300', () => {
    const held = state('pR'.repeat(140), 100);
    const joined = withPage(held, 0, messages('pR'.repeat(50), 0), { from: 90, to: 110 });
    assert.deepEqual([joined.first, joined.first + joined.messages.length], [0, 210]);
    assert.equal(joined.messages[150]?.id, 'm151');
  });

  it('keeps the stretch it holds over a new full state that does not reach it', () => {
    const far = state('pR', 100, { total: 900 });
    const joined = joinStates(far, state('pR', 900));
    assert.equal(joined.messages, far.messages);
    assert.deepEqual([joined.first, joined.total], [100, 902]);
  });

  it('takes the new full state whole when the session has become shorter or is another one', () => {
    const far = state('pR', 100, { total: 900 });
    const shorter = state('pR', 700);
    assert.equal(joinStates(far, shorter), shorter);
    const other = state('pR', 900, { session: { agent: agentId('fake'), id: sessionId('b') } });
    assert.equal(joinStates(far, other), other);
  });

  it('keeps the earlier messages over a new full state that continues them', () => {
    const joined = joinStates(state('pRpR'), state('pRpR', 2));
    assert.equal(numbers(joined), 'm1 m2 m3 m4 m5 m6');
    assert.equal(joined.first, 0);
  });

  it('drops them when the session has changed before the new state', () => {
    const changed = state('pRpR', 2);
    const other = {
      ...changed,
      messages: changed.messages.map((it) => ({ ...it, id: messageId(`x${it.id}`) })),
    };
    assert.equal(joinStates(state('pRpR'), other), other);
  });

  it('keeps the messages of a running turn that did not change as the same objects', () => {
    const [a, b, c] = [message('p', 1), message('o', 2), message('o', 2)];
    const before = state('', 0, { live: { status: 'working', turn: [a, b], plan: [] } });
    const after = withLive(before, { status: 'working', turn: [c], plan: [] }, 1);
    assert.deepEqual(after.live.turn, [a, c]);
    assert.equal(after.live.turn[0], a);
  });

  it('is running while this panel’s agent is there or another program has it, and no longer', () => {
    const ran = withLive(state('', 0), { status: 'working', turn: [], plan: [] }, 0);
    assert.equal(ran.running, true);
    assert.equal(withLive(ran, { status: 'none', turn: [], plan: [] }, 0).running, false);
    const elsewhere = state('', 0, { running: true });
    assert.equal(withLive(elsewhere, { status: 'none', turn: [], plan: [] }, 0).running, true);
  });
});
