// Its name sorts first: the extension must not be active before.
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import * as vscode from 'vscode';
import { extensionId } from './sampleHome.ts';

test('nothing is read below the home, and nothing spawned, at activation', async () => {
  const extension = vscode.extensions.getExtension(extensionId);
  assert.ok(extension);
  assert.equal(extension.isActive, false, 'another test has activated the extension');
  const read: string[] = [];
  const note = (path: unknown): void => {
    if (String(path).startsWith(homedir()) && /\.claude|\.qwen|samples/.test(String(path)))
      read.push(String(path));
  };
  for (const name of ['readdir', 'stat', 'open', 'readFile'] as const) {
    const original = Reflect.get(fs.promises, name);
    mock.method(fs.promises, name, (...args: unknown[]) => {
      note(args[0]);
      return Reflect.apply(original, fs.promises, args);
    });
  }
  const spawned: string[] = [];
  const { spawn } = childProcess;
  mock.method(childProcess, 'spawn', (...args: unknown[]) => {
    // VS Code spawns programs of its own in this process.
    if (new Error('who calls').stack?.includes(join(extension.extensionPath, 'dist'))) {
      spawned.push(String(args[0]));
    }
    return Reflect.apply(spawn, childProcess, args);
  });
  syncBuiltinESMExports();
  const api = await extension.activate();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const atActivation = { read: [...read], spawned: [...spawned] };
  await vscode.commands.executeCommand('sessionForks.refresh');
  mock.restoreAll();
  syncBuiltinESMExports();
  assert.equal(api.version, 1);
  assert.deepEqual(atActivation, { read: [], spawned: [] });
  assert.ok(read.length > 0, 'reading is not noticed at all');
});

test('every contributed command is registered', async () => {
  const { contributes } = vscode.extensions.getExtension(extensionId)?.packageJSON ?? {};
  const registered = new Set(await vscode.commands.getCommands(true));
  const missing = contributes.commands
    .map(({ command }: { readonly command: string }) => command)
    .filter((command: string) => !registered.has(command));
  assert.ok(contributes.commands.length > 20);
  assert.deepEqual(missing, []);
});
