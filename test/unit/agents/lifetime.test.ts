import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, scriptOfShim } from '../../../src/agents/acp/findProgram.ts';
import { fakeAgentFile, prompt, rig, stored } from './harness.ts';

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('nothing is started before a session is opened (invariant 8)', () => {
  const { agent, received } = rig();
  assert.deepEqual(agent.install, {
    command: 'npm install -g fake-agent',
    setting: 'sessionForks.commands',
  });
  assert.deepEqual(received(), []);
});

test('a missing program says what to install and which setting to use', async () => {
  const { open } = rig({}, { command: 'no-such-agent-program' });
  await assert.rejects(open(), {
    code: 'agent_missing',
    message:
      'Fake Agent is not installed. Run “npm install -g fake-agent”, or set sessionForks.commands for fake to the path of no-such-agent-program.',
  });
});

test('a configured command that is not there names the setting', async () => {
  const { open } = rig({}, {}, '/no/such/program');
  await assert.rejects(open(), {
    code: 'agent_missing',
    message: /“\/no\/such\/program”.*sessionForks\.commands/,
  });
});

test("a configured command replaces the row's", async () => {
  const { open, end, methods } = rig({}, { command: 'no-such-agent-program' }, fakeAgentFile);
  await open();
  await end();
  assert.deepEqual(methods(), ['initialize', 'session/new']);
});

test('a session whose folder is gone is not carried on in another one (checklist 0.16)', async () => {
  const { open, received } = rig();
  await assert.rejects(open({ cwd: '/no/such/folder' }), {
    code: 'not_supported',
    message: /\/no\/such\/folder/,
  });
  assert.deepEqual(received(), []);
});

test('one process serves one session (trap 13)', async () => {
  const { open, ear, end } = rig();
  const [one, two] = [await open(), await open()];
  await one.prompt(prompt('pid'));
  await two.prompt(prompt('pid'));
  await end();
  const pids = ear.updates.flatMap((update) => (update.kind === 'text' ? [update.text] : []));
  assert.equal(new Set(pids).size, 2);
});

test('close ends the process and tells so once, without an error', async () => {
  const { open, ear } = rig();
  const conversation = await open();
  await conversation.prompt(prompt('pid'));
  const pid = Number(ear.text());
  assert.equal(isRunning(pid), true);
  await conversation.close();
  assert.equal(isRunning(pid), false);
  await conversation.close();
  assert.deepEqual(ear.ends, [undefined]);
});

test('close ends a process that heeds neither its input nor SIGTERM', async () => {
  const { open, ear } = rig({ stubborn: true });
  const conversation = await open();
  await conversation.prompt(prompt('pid'));
  await conversation.close();
  assert.equal(isRunning(Number(ear.text())), false);
});

test('close rejects a prompt that still runs', async () => {
  const { open } = rig();
  const conversation = await open();
  const turn = assert.rejects(conversation.prompt(prompt('forever')), { code: 'cancelled' });
  await conversation.close();
  await turn;
});

test('an agent that ends while it starts is agent_ended, and its stderr is in the log', async () => {
  const { open, ear, lines } = rig({ diesAtStart: true });
  await assert.rejects(open(), { code: 'agent_ended', message: 'Fake Agent ended (exit code 3).' });
  assert.deepEqual(lines.slice(0, 1), ['cannot find my configuration']);
  assert.deepEqual(ear.ends, []);
});

test('an agent that hangs at its start is given up on request, and ended', async () => {
  const { open } = rig({ hang: true });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 200);
  await assert.rejects(open({}, abort.signal), { code: 'cancelled' });
});

test('a permission mode that the agent resumed in is left as it is', async () => {
  const { open, methods, end } = rig({ resume: true, mode: 'plan' });
  const conversation = await open(stored);
  assert.equal(conversation.options().mode, 'plan');
  await end();
  assert.deepEqual(methods(), ['initialize', 'session/resume']);
});

test('a session that comes up in bypass is set to the asking mode before anything is sent (trap 28)', async () => {
  const { open, received, methods, end, ear } = rig({ resume: true, mode: 'bypassPermissions' });
  const conversation = await open(stored);
  assert.deepEqual(
    ear.updates.map((update) => update.kind === 'lowered' && [update.from.name, update.to.name]),
    [['Bypass permissions', 'Ask before edits']],
  );
  assert.equal(conversation.options().mode, 'default');
  await conversation.prompt(prompt('hello'));
  await end();
  assert.deepEqual(methods(), ['initialize', 'session/resume', 'session/set_mode', 'session/prompt']);
  assert.ok(received().includes('session/set_mode {"sessionId":"s1","modeId":"default"}'));
});

test('a mode is raised only when the person asks for it, and the change is told', async () => {
  const { open, ear, end } = rig({ resume: true, mode: 'default' });
  const conversation = await open(stored);
  await conversation.setMode('bypassPermissions');
  await end();
  assert.equal(conversation.options().mode, 'bypassPermissions');
  assert.deepEqual(
    ear.updates.map((update) => update.kind === 'options' && update.options.mode),
    ['bypassPermissions'],
  );
});

test('a program is looked up on PATH without a shell', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'find-program-'));
  try {
    await writeFile(join(folder, 'some-agent'), '#!/bin/sh\n');
    assert.equal(await findProgram('some-agent', { PATH: folder }), undefined);
    await chmod(join(folder, 'some-agent'), 0o755);
    const program = await findProgram('some-agent', { PATH: `/no/such/folder:${folder}` });
    assert.deepEqual(program, { file: join(folder, 'some-agent'), args: [], env: {} });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a script runs with this very Node, also inside Electron', async () => {
  const program = await findProgram(fakeAgentFile, {});
  assert.deepEqual(program, {
    file: process.execPath,
    args: [fakeAgentFile],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
});

test('an npm shim of Windows gives away the script it starts', () => {
  const shim = '@ECHO off\r\n"%_prog%"  "%dp0%\\node_modules\\@qwen-code\\qwen-code\\cli.js" %*\r\n';
  assert.equal(scriptOfShim(shim, '/npm'), join('/npm', 'node_modules', '@qwen-code', 'qwen-code', 'cli.js'));
  assert.equal(scriptOfShim('@ECHO off', '/npm'), undefined);
});
