import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionForksError } from '../../../src/core/errors.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { prompt, type Rig, rig, type Script, stored } from './harness.ts';

const rigs: Rig[] = [];
function made(script: Script = {}): Rig {
  const one = rig(script);
  rigs.push(one);
  return one;
}
afterEach(() => Promise.all(rigs.splice(0).map((one) => one.end())));

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 12_000, 'waited too long');
    await delay(5);
  }
};
const code = (error: unknown): string => (error instanceof SessionForksError ? error.code : String(error));

test('a new session is begun when no id is given, and its text arrives in order before the turn ends', async () => {
  const { open, ear, methods } = made();
  const conversation = await open();
  assert.deepEqual(conversation.session, { agent: agentId('fake'), id: sessionId('s1') });
  assert.equal(await conversation.prompt(prompt('think hello world nothing')), 'done');
  assert.deepEqual(
    ear.updates.map((update) => update.kind),
    ['thinking', 'text', 'text', 'tokens'],
  );
  assert.equal(ear.text(), 'Hello world');
  assert.deepEqual(methods(), ['initialize', 'session/new', 'session/prompt']);
});

test('tokens of a turn are told', async () => {
  const { open, ear } = made();
  await (await open()).prompt(prompt('hello'));
  assert.deepEqual(ear.updates.at(-1), { kind: 'tokens', usage: { input: 10, output: 2, cacheRead: 7 } });
});

test('resume is preferred to load, for it replays nothing', async () => {
  const { open, methods } = made({ resume: true, load: true });
  await open(stored);
  assert.deepEqual(methods(), ['initialize', 'session/resume']);
});

test('what load replays is dropped while no turn runs (trap 45)', async () => {
  const { open, ear, methods } = made({ load: true, replay: true });
  const conversation = await open(stored);
  await conversation.prompt(prompt('hello'));
  assert.equal(ear.text(), 'Hello');
  assert.deepEqual(methods(), ['initialize', 'session/load', 'session/prompt']);
});

test('an agent that neither resumes nor loads cannot carry a stored session on', async () => {
  await assert.rejects(made().open(stored), (error) => code(error) === 'not_supported');
});

test('a session that the agent does not know is no_such_session, and no new one is made (trap 24)', async () => {
  const { open, methods } = made({ resume: true, unknownSession: true });
  await assert.rejects(open(stored), (error) => code(error) === 'no_such_session');
  assert.ok(!methods().includes('session/new'), methods().join());
});

test('a fork that is not live yet is opened again and its first prompt sent once more (trap 14)', async () => {
  const { open, ear, methods } = made({ resume: true, lostAtFirst: true });
  const conversation = await open(stored);
  assert.equal(await conversation.prompt(prompt('hello')), 'done');
  assert.equal(ear.text(), 'Hello');
  assert.deepEqual(methods(), [
    'initialize',
    'session/resume',
    'session/prompt',
    'session/resume',
    'session/prompt',
  ]);
});

test('updates of an unknown kind and of other sessions are passed over (trap 30)', async () => {
  const { open, ear } = made();
  await (await open()).prompt(prompt('odd other hello'));
  assert.equal(ear.text(), 'Hello');
});

test('file access and terminals are not offered: such a request is answered -32601', async () => {
  const { open, ear, received } = made();
  await (await open()).prompt(prompt('readfile'));
  assert.equal(ear.text(), 'refused -32601');
  assert.match(received()[0] ?? '', /"fs":\{"readTextFile":false,"writeTextFile":false\},"terminal":false/);
});

test('a permission reaches the person with its diff, and the answer reaches the agent', async () => {
  const { open, ear } = made();
  ear.answer = async () => ({ option: 'always' });
  await (await open()).prompt(prompt('edit'));
  assert.deepEqual(ear.permissions[0]?.call.edits, [{ path: 'src/a.ts', before: 'one', after: 'two' }]);
  assert.deepEqual(
    ear.permissions[0]?.options.map((option) => `${option.id} ${option.kind}`),
    ['yes allow_once', 'always allow_always', 'no reject_once'],
  );
  assert.equal(ear.text(), '{"outcome":"selected","optionId":"always"}');
});

test('an answer that was not offered counts as cancelled', async () => {
  const { open, ear } = made();
  ear.answer = async () => ({ option: 'sudo' });
  await (await open()).prompt(prompt('edit'));
  assert.equal(ear.text(), '{"outcome":"cancelled"}');
});

test('cancel stops the turn', async () => {
  const { open, ear } = made();
  const conversation = await open();
  const turn = conversation.prompt(prompt('hello forever'));
  await until(() => ear.text() === 'Hello');
  await conversation.cancel();
  assert.equal(await turn, 'stopped');
  assert.equal(await conversation.prompt(prompt('world')), 'done');
});

test('cancel answers an open permission "cancelled"', async () => {
  const { open, ear } = made();
  ear.answer = () => new Promise(() => undefined);
  const conversation = await open();
  const turn = conversation.prompt(prompt('edit'));
  await until(() => ear.permissions.length === 1);
  await conversation.cancel();
  assert.equal(await turn, 'stopped');
  assert.equal(ear.text(), '{"outcome":"cancelled"}');
});

test('a second prompt while a turn runs is refused, not sent', async () => {
  const { open, ear, methods } = made();
  const conversation = await open();
  const turn = conversation.prompt(prompt('hello forever'));
  await until(() => ear.text() === 'Hello');
  await assert.rejects(conversation.prompt(prompt('world')), (error) => code(error) === 'busy');
  await conversation.cancel();
  await turn;
  assert.equal(methods().filter((method) => method === 'session/prompt').length, 1);
});

test('a crash rejects the pending prompt and is told once, with the exit code', async () => {
  const { open, ear } = made();
  const conversation = await open();
  await assert.rejects(conversation.prompt(prompt('hello crash')), {
    code: 'agent_ended',
    message: 'Fake Agent ended (exit code 1).',
  });
  await until(() => ear.ends.length > 0);
  assert.deepEqual(
    ear.ends.map((error) => error?.message),
    ['Fake Agent ended (exit code 1).'],
  );
  assert.equal(ear.text(), 'Hello');
  await assert.rejects(conversation.prompt(prompt('hello')), { code: 'agent_ended' });
});

test('what the agent says when a turn fails is what the person reads', async () => {
  const { open } = made();
  await assert.rejects((await open()).prompt(prompt('fail')), { name: 'AgentSaid', message: 'No such tool' });
});

for (const [stopReason, end] of [
  ['refusal', 'refused'],
  ['max_tokens', 'limit'],
  ['max_turn_requests', 'limit'],
] as const) {
  test(`a turn that stops for ${stopReason} is ${end}`, async () => {
    const { open } = made({ stopReason });
    assert.equal(await (await open()).prompt(prompt('hello')), end);
  });
}

test('an image goes to an agent that takes images, and only there', async () => {
  const image = { name: 'a.png', mimeType: 'image/png', data: 'AAAA' };
  const input = { text: 'hello', attachments: [image] };
  const taking = made({ images: true });
  await (await taking.open()).prompt(input);
  assert.match(taking.received().at(-1) ?? '', /\{"type":"image","data":"AAAA","mimeType":"image\/png"\}/);
  const { open } = made();
  await assert.rejects((await open()).prompt(input), (error) => code(error) === 'not_supported');
});
