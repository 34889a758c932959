import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import { fixture, prompt, settled } from './liveHarness.ts';

describe('the live side of a panel where no more agents may run', () => {
  it('keeps the prompt, says why, and sends it once there is a place', async () => {
    const { live, turns, wishes } = fixture();
    wishes.start = new SessionForksError('too_many_agents', 'The limit is reached.');
    live.prompt(prompt('one'));
    await settled();
    assert.deepEqual(
      [live.state().notice?.title, live.queue().map(({ text }) => text)],
      ['too_many_agents', ['one']],
    );
    delete wishes.start;
    live.resume();
    await settled();
    assert.equal(turns[0]?.input.text, 'one');
  });

  it('gives its own agent up when that has nothing to do, and not in the middle of a turn', async () => {
    const { live, turns, log } = fixture();
    live.prompt(prompt('one'));
    await settled();
    await live.endIdle();
    assert.equal(log.includes('close'), false);
    turns[0]?.end('done');
    await settled();
    await live.endIdle();
    assert.deepEqual([log.at(-1), live.state().status], ['close', 'none']);
  });
});
