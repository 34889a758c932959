import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import type { PermissionAnswer } from '../../../src/core/liveAgent.ts';
import type { LiveController } from '../../../src/vscode/panel/live.ts';
import { fixture, notice, options, prompt, settled } from './liveHarness.ts';

const waiting = (live: LiveController): readonly string[] =>
  live.queue().flatMap(({ text, waits }) => (waits ? [text] : []));
const queued = (live: LiveController): readonly string[] => live.queue().map(({ text }) => text);
const numberOf = (live: LiveController, text: string): number =>
  live.queue().find((row) => row.text === text)?.number ?? assert.fail(`“${text}” is not queued`);

describe('the live side of a panel', () => {
  it('starts nothing before the first prompt', async () => {
    const { live, log } = fixture();
    await settled();
    assert.equal(live.state().status, 'none');
    assert.deepEqual(log, []);
  });

  it('streams a turn, then lets the stored messages take its place', async () => {
    const { live, turns, agent } = fixture();
    live.prompt(prompt('go'));
    await settled();
    agent().update({ kind: 'text', text: 'hel' });
    agent().update({ kind: 'text', text: 'lo' });
    const { status, since, turn } = live.state();
    const reply = turn[1];
    assert.deepEqual([status, since, turn.length], ['working', 5000, 2]);
    assert.ok(reply?.kind === 'reply');
    assert.deepEqual(reply.parts, [{ kind: 'text', text: 'hello' }]);
    turns[0]?.end('done');
    await settled();
    assert.deepEqual([live.state().status, live.state().turn.length, live.busy], ['idle', 0, false]);
  });

  it('shows what the agent notes, and keeps it out of the messages', async () => {
    const { live, turns, agent } = fixture();
    live.prompt(prompt('go'));
    await settled();
    agent().update({ kind: 'note', text: 'The file was put back.' });
    assert.equal(live.state().notice?.title, 'The file was put back.');
    assert.equal(live.state().turn.length, 1);
    turns[0]?.end('done');
    await settled();
  });

  it('keeps showing a turn that the store does not hold yet, until it is told to forget it', async () => {
    const { live, turns, wishes } = fixture();
    wishes.outcome = 'notStored';
    live.prompt(prompt('go'));
    await settled();
    turns[0]?.end('done');
    await settled();
    assert.equal(live.state().turn.length, 1);
    live.forgetTurn();
    assert.equal(live.state().turn.length, 0);
  });

  it('queues prompts while a turn runs and sends them one after the other to one conversation', async () => {
    const { live, turns, log } = fixture();
    live.prompt(prompt('one'));
    await settled();
    live.prompt(prompt('two'));
    live.prompt(prompt('three'));
    assert.deepEqual(queued(live), ['two', 'three']);
    assert.equal(turns.length, 1);
    turns[0]?.end('done');
    await settled();
    turns[1]?.end('done');
    await settled();
    assert.deepEqual(
      turns.map(({ input }) => input.text),
      ['one', 'two', 'three'],
    );
    assert.equal(log.filter((line) => line === 'start').length, 1);
  });

  it('stops the turn, answers an open question as cancelled and holds the queue', async () => {
    const { live, turns, agent } = fixture();
    live.prompt(prompt('one'));
    await settled();
    const answer = agent().permission({ id: 'p', call: { id: 'x' }, options: [] });
    assert.equal(live.state().status, 'waiting');
    live.prompt(prompt('two'));
    await live.stop();
    await settled();
    assert.equal(await answer, 'cancelled');
    assert.deepEqual([turns.length, live.state().status, queued(live)], [1, 'idle', ['two']]);
    live.resume();
    await settled();
    assert.equal(turns[1]?.input.text, 'two');
  });

  it('gives the chosen option to the question it belongs to, and to no other', async () => {
    const { live, agent } = fixture();
    live.prompt(prompt('one'));
    await settled();
    const answers: PermissionAnswer[] = [];
    for (const id of ['p', 'q']) {
      void agent()
        .permission({ id, call: { id }, options: [] })
        .then((answer) => answers.push(answer));
    }
    live.answer('unknown', 'yes');
    live.answer('p', 'yes');
    await settled();
    assert.deepEqual(answers, [{ option: 'yes' }]);
    assert.equal(live.state().permission?.id, 'q');
    live.answer('q', 'no');
    await settled();
    assert.equal(live.state().status, 'working');
  });

  it('says when the agent is missing and keeps the prompt for the next try', async () => {
    const { live, turns, wishes } = fixture();
    wishes.start = new SessionForksError('agent_missing', 'not found');
    live.prompt(prompt('one'));
    await settled();
    assert.equal(live.state().notice?.title, 'agent_missing');
    assert.deepEqual([live.state().status, queued(live)], ['none', ['one']]);
    delete wishes.start;
    live.resume();
    await settled();
    assert.equal(turns[0]?.input.text, 'one');
    assert.equal(live.state().notice, undefined);
  });

  it('starts no agent in a folder that is not trusted', async () => {
    const { live, log, wishes } = fixture();
    wishes.blocked = notice('untrusted');
    live.prompt(prompt('one'));
    await settled();
    assert.deepEqual([log, live.state().notice?.title, queued(live)], [[], 'untrusted', ['one']]);
  });

  it('says when the agent crashed, and starts it again for the next prompt', async () => {
    const { live, turns, log, agent } = fixture();
    live.prompt(prompt('one'));
    await settled();
    const error = new SessionForksError('agent_ended', 'exit code 1');
    agent().ended(error);
    turns[0]?.fail(error);
    await settled();
    assert.deepEqual([live.state().status, live.state().notice?.title], ['none', 'agent_ended']);
    live.prompt(prompt('two'));
    await settled();
    assert.equal(log.filter((line) => line === 'start').length, 2);
    assert.equal(turns[1]?.input.text, 'two');
  });

  it('takes over no agent that ends in that very moment: the prompt waits for the next start', async () => {
    const ended = new SessionForksError('agent_ended', 'exit code 1');
    const after = async (ticks: number, act: () => void): Promise<void> => {
      for (let tick = 0; tick < ticks; tick += 1) await undefined;
      act();
    };
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const { live, turns, wishes } = fixture();
      wishes.outcome = 'notStored';
      wishes.meanwhile = (agent) => void after(ticks, () => agent.ended(ended));
      live.prompt(prompt('one'));
      await settled();
      turns[0]?.fail(ended);
      await settled();
      const { status, notice: told } = live.state();
      assert.deepEqual(
        [status, told?.title, queued(live)],
        ['none', 'agent_ended', ['one']],
        `${ticks} ticks`,
      );
      delete wishes.meanwhile;
      live.resume();
      await settled();
      assert.equal(turns.at(-1)?.input.text, 'one');
      assert.equal(live.state().status, 'working');
    }
  });

  it('puts a prompt that the agent refused and did not store back into the queue', async () => {
    const { live, turns, wishes } = fixture();
    wishes.outcome = 'notStored';
    live.prompt(prompt('one'));
    await settled();
    turns[0]?.fail(new SessionForksError('sign_in_needed', 'log in'));
    await settled();
    assert.deepEqual([queued(live), live.state().turn.length], [['one'], 0]);
    assert.equal(live.state().notice?.title, 'sign_in_needed');
  });

  it('hands a refused prompt out once its turn is settled, though the notice was there before', async () => {
    const { live, turns, wishes } = fixture();
    wishes.outcome = 'notStored';
    live.prompt(prompt('one'));
    await settled();
    turns[0]?.fail(new SessionForksError('out_of_credit', 'no credit'));
    await live.settled();
    assert.equal(live.unqueueFirst()?.text, 'one');
    assert.equal(live.unqueueFirst(), undefined);
  });

  it('ends the agent when a turn went into the parent (trap 12)', async () => {
    const { live, turns, log, wishes } = fixture();
    wishes.outcome = { astray: notice('astray') };
    live.prompt(prompt('one'));
    await settled();
    turns[0]?.end('done');
    await settled();
    assert.deepEqual([live.state().notice?.title, log.includes('close')], ['astray', true]);
  });

  it('ends the agent that came up after the panel was closed', async () => {
    const { live, log } = fixture();
    live.prompt(prompt('one'));
    await live.close();
    await settled();
    assert.deepEqual(log, ['start', 'close']);
  });

  it('forks right before a prompt with a checkpoint is sent, also when it had to wait', async () => {
    const { live, turns, log } = fixture();
    live.prompt(prompt('one'));
    live.prompt({ ...prompt('two'), checkpoint: true });
    await settled();
    assert.equal(log.includes('checkpoint'), false);
    assert.deepEqual(live.queue(), [
      { number: numberOf(live, 'two'), text: 'two', attachments: 0, checkpoint: true, waits: false },
    ]);
    turns[0]?.end('done');
    await settled();
    await settled();
    assert.deepEqual(log, ['start', 'read', 'checkpoint']);
    assert.deepEqual(turns[1]?.input, prompt('two'));
  });

  it('sends nothing when the checkpoint could not be made, and keeps the prompt', async () => {
    const { live, turns, wishes } = fixture();
    wishes.forks = false;
    live.prompt({ ...prompt('one'), checkpoint: true });
    await settled();
    assert.deepEqual([turns.length, queued(live)], [0, ['one']]);
    wishes.forks = true;
    live.resume();
    await settled();
    assert.equal(turns.length, 1);
  });

  it('sends a queued prompt at once by stopping the running turn', async () => {
    const { live, turns } = fixture();
    live.prompt(prompt('one'));
    await settled();
    live.prompt(prompt('two'));
    live.prompt(prompt('three'));
    await live.sendNow(numberOf(live, 'three'));
    await settled();
    assert.deepEqual([turns[1]?.input.text, queued(live)], ['three', ['two']]);
  });

  it('gives a queued prompt back for editing once', async () => {
    const { live } = fixture();
    live.prompt(prompt('one'));
    await settled();
    live.prompt(prompt('two'));
    const two = numberOf(live, 'two');
    assert.equal(live.unqueue(two)?.text, 'two');
    assert.equal(live.unqueue(two), undefined);
  });

  it('takes out the prompt that was meant, whatever has been sent before it', async () => {
    const { live, turns } = fixture();
    live.prompt(prompt('one'));
    await settled();
    live.prompt(prompt('two'));
    live.prompt(prompt('three'));
    const [two, three] = [numberOf(live, 'two'), numberOf(live, 'three')];
    turns[0]?.end('done');
    await settled();
    assert.equal(live.unqueue(two), undefined);
    assert.deepEqual(queued(live), ['three']);
    assert.equal(live.unqueue(three)?.text, 'three');
  });

  it('keeps what is not stored for a window to come, whatever the close of the window breaks off', async () => {
    const { live, turns, wishes } = fixture();
    live.prompt(prompt('one'));
    await settled();
    const two = { ...prompt('two'), checkpoint: true };
    live.prompt(two);
    live.prompt(prompt('three'));
    assert.deepEqual(wishes.kept, [prompt('one'), two, prompt('three')], 'the running one first');
    turns[0]?.end('done');
    await settled();
    assert.deepEqual(wishes.kept, [prompt('two'), prompt('three')]);
    await live.close();
    turns[1]?.fail(new SessionForksError('cancelled', 'closed'));
    await settled();
    assert.deepEqual(wishes.kept, [prompt('two'), prompt('three')], 'what the close breaks off stays');
    const other = fixture();
    other.live.prompt(prompt('one'));
    await settled();
    other.turns[0]?.end('done');
    await settled();
    assert.deepEqual(other.wishes.kept, []);
  });

  it('shows what waited in an earlier window, and sends none of it before the person goes on', async () => {
    const { live, turns, log } = fixture({ kept: [prompt('one'), prompt('two')] });
    await settled();
    assert.deepEqual([waiting(live), log], [['one', 'two'], []]);
    live.trusted();
    await settled();
    assert.deepEqual([waiting(live), log], [['one', 'two'], []], 'nor when the folder becomes trusted');
    live.resume();
    await settled();
    assert.deepEqual([turns[0]?.input.text, queued(live), waiting(live)], ['one', ['two'], []]);
  });

  it('sends a new prompt before what waits, which goes on waiting', async () => {
    const { live, turns } = fixture({ kept: [prompt('one')] });
    live.prompt(prompt('two'));
    await settled();
    live.prompt(prompt('three'));
    assert.deepEqual([queued(live), waiting(live)], [['three', 'one'], ['one']]);
    turns[0]?.end('done');
    await settled();
    turns[1]?.end('done');
    await settled();
    assert.deepEqual([turns.map(({ input }) => input.text), waiting(live)], [['two', 'three'], ['one']]);
  });

  it('sends the one of those that wait that the person chose, and no other', async () => {
    const { live, turns } = fixture({ kept: [prompt('one'), prompt('two')] });
    await live.sendNow(numberOf(live, 'two'));
    await settled();
    turns[0]?.end('done');
    await settled();
    assert.deepEqual([turns.map(({ input }) => input.text), waiting(live)], [['two'], ['one']]);
  });

  it('goes on where trust was missing once the folder is trusted', async () => {
    const { live, turns, wishes } = fixture();
    wishes.blocked = notice('untrusted');
    live.prompt(prompt('one'));
    await settled();
    delete wishes.blocked;
    live.trusted();
    await settled();
    assert.equal(turns[0]?.input.text, 'one');
  });

  it('hands modes to the running agent and shows what it offers', async () => {
    const { live, log, agent } = fixture();
    live.prompt(prompt('one'));
    await settled();
    await live.setMode('plan');
    assert.ok(log.includes('mode plan'));
    agent().update({ kind: 'options', options: { ...options, mode: 'plan' } });
    assert.equal(live.options()?.mode, 'plan');
  });
});
