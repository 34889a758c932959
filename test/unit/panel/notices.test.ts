import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, SessionForksError } from '../../../src/core/errors.ts';
import { SignInMethods } from '../../../src/core/signIn.ts';
import { failureNotice, modeNotice, type NoticeFacts } from '../../../src/vscode/panel/notices.ts';

const t = (text: string, ...values: readonly (string | number)[]): string =>
  text.replace(/\{(\d)\}/gu, (_, index) => String(values[Number(index)]));
const facts: NoticeFacts = {
  agentName: 'Qwen Code',
  install: { command: 'npm install -g @qwen-code/qwen-code', setting: 'sessionForks.commands' },
  takesKey: false,
  stored: 16,
  t,
};
const failure = (code: ErrorCode, text: string, more: Partial<NoticeFacts> = {}, cause?: unknown) =>
  failureNotice(new SessionForksError(code, text, cause), { ...facts, ...more });
const ids = (notice: ReturnType<typeof failureNotice>): readonly string[] =>
  notice.actions.map(({ id }) => id);

describe('the notice of a failure says what happened and what to do', () => {
  it('agent missing: the line that installs it', () => {
    const notice = failure('agent_missing', 'gone');
    assert.equal(notice.title, 'Qwen Code is not installed');
    assert.equal(notice.command, 'npm install -g @qwen-code/qwen-code');
    assert.deepEqual(ids(notice), ['installInTerminal', 'setPath', 'checkAgain']);
  });

  it('server not running: it is there, and has to be started', () => {
    const install = { command: 'moltis gateway', setting: 'sessionForks.servers', server: true } as const;
    const notice = failure('agent_missing', 'gone', { agentName: 'Moltis', install });
    assert.equal(notice.title, 'Moltis is not running');
    assert.equal(notice.command, 'moltis gateway');
    assert.deepEqual(
      notice.actions.map(({ label }) => label),
      ['Start in Terminal', 'Set Address…', 'Check Again'],
    );
  });

  it('not signed in: the agent’s own ways, in its words and order', () => {
    const methods = new SignInMethods([
      { id: 'oauth', name: 'Qwen OAuth', description: 'In a browser' },
      { id: 'key', name: 'API key', terminal: { command: '/bin/qwen', args: [] } },
    ]);
    const notice = failure('sign_in_needed', 'Sign in.', {}, methods);
    assert.deepEqual(notice.choices, [
      { id: 'oauth', name: 'Qwen OAuth', description: 'In a browser' },
      { id: 'key', name: 'API key' },
    ]);
    assert.equal(notice.text, 'Qwen Code asks for one of these. Session Forks never sees your key.');
    assert.deepEqual(ids(notice), ['checkAgain']);
  });

  it('not signed in, without ways of its own: its terminal, or the key of its server', () => {
    assert.deepEqual(ids(failure('sign_in_needed', 'Log in.')), ['resumeInTerminal', 'checkAgain']);
    assert.deepEqual(ids(failure('sign_in_needed', 'A key.', { takesKey: true })), ['setKey', 'checkAgain']);
  });

  it('too many agents: which of them may go, another try, or more of them', () => {
    const notice = failure('too_many_agents', 'The limit (2) is reached.');
    assert.equal(notice.title, 'Qwen Code was not started: too many agents run');
    assert.match(notice.text, /^The limit .* raise the limit\.$/u);
    assert.deepEqual(ids(notice), ['endIdle', 'retry', 'setLimit']);
  });

  it('out of credit: the agent’s own words, retry, or a fork with another model', () => {
    const notice = failure('out_of_credit', 'Credit balance is too low');
    assert.deepEqual([notice.title, notice.text], ['Out of credit', 'Credit balance is too low']);
    assert.deepEqual(ids(notice), ['retry', 'forkForModel']);
  });

  it('crashed: how far the conversation is stored', () => {
    const notice = failure('agent_ended', 'Qwen Code ended (exit code 1).');
    assert.equal(notice.title, 'Qwen Code ended (exit code 1)');
    assert.equal(notice.text, 'The conversation is stored up to message 16.');
    assert.deepEqual(ids(notice), ['startAgain', 'resumeInTerminal', 'showLog']);
  });

  it('model error: the words of the model’s service, and another try', () => {
    const notice = failureNotice(new Error('The server had an error'), facts);
    assert.deepEqual([notice.title, notice.text], ['Qwen Code could not go on', 'The server had an error']);
    assert.deepEqual(ids(notice), ['retry', 'showLog']);
  });

  it('a bypass: both modes by the agent’s names, keeping first', () => {
    const [from, to] = [
      { id: 'yolo', name: 'YOLO' },
      { id: 'default', name: 'Ask' },
    ];
    const notice = modeNotice(from, to, true, t);
    assert.equal(notice.title, 'This fork starts in Ask; the source ran in YOLO.');
    assert.deepEqual(
      notice.actions.map(({ id, label }) => [id, label]),
      [
        ['dismiss', 'Keep'],
        ['takeOffer', 'Use YOLO'],
      ],
    );
    assert.equal(modeNotice(from, to, false, t).title, 'This session starts in Ask; it ran in YOLO before.');
  });
});
