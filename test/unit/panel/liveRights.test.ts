import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionOptions } from '../../../src/core/liveAgent.ts';
import { fixture, options, prompt, settled } from './liveHarness.ts';

const modes = [
  { id: 'plan', name: 'Plan' },
  { id: 'ask', name: 'Ask' },
  { id: 'edits', name: 'Accept edits' },
  { id: 'bypassPermissions', name: 'Bypass permissions' },
];
const [, ask, , bypass] = modes;
const models = [
  { id: 'large', name: 'Large' },
  { id: 'small', name: 'Small' },
];
const inMode = (mode: string, more: Partial<SessionOptions> = {}): SessionOptions => ({
  ...options,
  modes,
  mode,
  ...more,
});

/** A panel whose agent comes up in one mode while the panel of the source shows another; the first prompt is sent. */
async function fork(comesUpIn: SessionOptions, shownOfSource?: SessionOptions) {
  const panel = fixture();
  panel.wishes.options = comesUpIn;
  if (shownOfSource) {
    panel.wishes.source = shownOfSource;
  }
  panel.live.prompt(prompt('go'));
  await settled();
  return panel;
}

describe('the rights that a session starts with', () => {
  it('are never more than the panel of its source shows, whatever the agent comes up with', async () => {
    const { live, log, turns } = await fork(inMode('edits'), inMode('plan'));
    assert.deepEqual(log, ['start', 'mode plan']);
    assert.equal(turns.length, 1, 'the prompt was sent only in the right mode');
    assert.equal(live.options()?.mode, 'plan');
    assert.equal(live.state().notice, undefined);
  });

  it('are the agent’s own where no panel shows the source', async () => {
    const { live, log } = await fork(inMode('edits'));
    assert.deepEqual(log, ['start']);
    assert.equal(live.options()?.mode, 'edits');
  });

  it('never hold a bypass that the source ran in: the person is asked, and may leave it', async () => {
    const { live, log } = await fork(inMode('ask'), inMode('bypassPermissions'));
    assert.equal(live.state().notice?.title, 'Ask, not Bypass permissions');
    assert.deepEqual(log, ['start']);
    live.notify(undefined);
    await live.takeOffer();
    assert.deepEqual(log, ['start'], 'what was declined cannot be taken any more');
  });

  it('hold the bypass once the person takes it, and then the question is gone', async () => {
    const { live, log } = await fork(inMode('ask'), inMode('bypassPermissions'));
    await live.takeOffer();
    assert.deepEqual(log, ['start', 'mode bypassPermissions']);
    assert.equal(live.options()?.mode, 'bypassPermissions');
    assert.equal(live.state().notice, undefined);
  });

  it('offer a bypass that the agent itself remembered, and was lowered from', async () => {
    const panel = fixture();
    panel.wishes.options = inMode('ask');
    panel.wishes.meanwhile = (agent) => {
      assert.ok(ask && bypass);
      agent.update({ kind: 'lowered', from: bypass, to: ask });
    };
    panel.live.prompt(prompt('go'));
    await settled();
    assert.equal(panel.live.state().notice?.title, 'Ask, not Bypass permissions');
  });

  it('do not offer a remembered bypass to a fork whose source shows a mode that asks', async () => {
    const panel = fixture();
    panel.wishes.options = inMode('ask');
    panel.wishes.source = inMode('plan');
    panel.wishes.meanwhile = (agent) => {
      assert.ok(ask && bypass);
      agent.update({ kind: 'lowered', from: bypass, to: ask });
    };
    panel.live.prompt(prompt('go'));
    await settled();
    assert.equal(panel.live.state().notice, undefined);
    assert.equal(panel.live.options()?.mode, 'plan');
  });

  it('stop the start when the agent refuses the mode: nothing is sent', async () => {
    const panel = fixture();
    panel.wishes.options = inMode('edits');
    panel.wishes.source = inMode('plan');
    panel.wishes.stubborn = true;
    panel.live.prompt(prompt('go'));
    await settled();
    assert.deepEqual([panel.turns.length, panel.log], [0, ['start', 'close']]);
    assert.equal(panel.live.state().notice?.title, 'other');
    assert.deepEqual(
      panel.live.queue().map(({ text }) => text),
      ['go'],
    );
  });

  it('are shown before the agent runs, and so is the model', () => {
    const { live, wishes, log } = fixture();
    wishes.source = inMode('plan', { models: [{ id: 'm', name: 'M' }], model: 'm' });
    assert.deepEqual([live.options()?.mode, live.options()?.model, log], ['plan', 'm', []]);
  });

  it('can be chosen before the agent runs, and so can the model: it begins with them', async () => {
    const { live, log, wishes } = fixture();
    wishes.options = inMode('ask', { models, model: 'large' });
    wishes.source = wishes.options;
    await live.setModel('small');
    await live.setMode('plan');
    assert.deepEqual([live.options()?.mode, live.options()?.model, log], ['plan', 'small', []]);
    live.prompt(prompt('go'));
    await settled();
    assert.deepEqual(log, ['start', 'mode plan', 'model small']);
  });

  it('come with the model that the source shows, where the agent has it', async () => {
    const { log } = await fork(
      inMode('ask', { models, model: 'large' }),
      inMode('ask', { models, model: 'small' }),
    );
    assert.deepEqual(log, ['start', 'model small']);
    const other = await fork(inMode('ask', { models, model: 'large' }), inMode('ask', { model: 'gone' }));
    assert.deepEqual(other.log, ['start']);
  });
});

/** Longer than the idle limit of these tests, in ms. What must not happen has had its time then. */
const longerThanLimit = () => new Promise((resolve) => setTimeout(resolve, 60));
const idleMs = 20;

describe('an agent without work', () => {
  it('is ended after a while, and started again in the mode that was chosen for it', async () => {
    const { live, turns, log, wishes } = fixture();
    wishes.options = inMode('ask');
    wishes.idleMs = idleMs;
    live.prompt(prompt('one'));
    await settled();
    await live.setMode('plan');
    await longerThanLimit();
    assert.equal(live.state().status, 'working', 'a turn may take as long as it takes');
    turns[0]?.end('done');
    while (live.state().status !== 'none') {
      await longerThanLimit();
    }
    assert.equal(live.state().notice, undefined);
    wishes.options = inMode('edits');
    live.prompt(prompt('two'));
    await settled();
    assert.deepEqual(log, ['start', 'mode plan', 'read', 'close', 'start', 'mode plan']);
  });

  it('stays when the limit is 0', async () => {
    const { live, turns } = fixture();
    live.prompt(prompt('one'));
    await settled();
    turns[0]?.end('done');
    await settled();
    await longerThanLimit();
    assert.equal(live.state().status, 'idle');
  });
});
