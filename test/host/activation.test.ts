// Its name sorts first: the extension must not be active before.
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { mock, test } from 'node:test';
import threads from 'node:worker_threads';
import * as vscode from 'vscode';
import { extensionId } from './sampleHome.ts';

/** Prints a line as the runner prints its own. */
const tell = (text: string): void => console.log(`[test] ${text}`);

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
  // VS Code starts programs and threads of its own in this process.
  const isOurs = (): boolean =>
    new Error('who calls').stack?.includes(join(extension.extensionPath, 'dist')) === true;
  const started: string[] = [];
  const { spawn } = childProcess;
  mock.method(childProcess, 'spawn', (...args: unknown[]) => {
    if (isOurs()) {
      started.push(String(args[0]));
    }
    return Reflect.apply(spawn, childProcess, args);
  });
  const { Worker } = threads;
  mock.property(
    threads,
    'Worker',
    class extends Worker {
      constructor(program: string | URL, options?: threads.WorkerOptions) {
        if (isOurs()) {
          started.push(basename(String(program)));
        }
        super(program, options);
      }
    },
  );
  syncBuiltinESMExports();
  const began = performance.now();
  const api = await extension.activate();
  tell(`activation took ${(performance.now() - began).toFixed(0)} ms`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const atActivation = { read: [...read], started: [...started] };
  await vscode.commands.executeCommand('sessionForks.refresh');
  mock.restoreAll();
  syncBuiltinESMExports();
  assert.equal(api.version, 1);
  assert.deepEqual(atActivation, { read: [], started: [] });
  assert.deepEqual(started, ['stores.worker.js'], 'sessions are read in one thread of their own');
});

test('activation loads at most 250 KB of code', () => {
  const { extensionPath } = vscode.extensions.getExtension(extensionId) ?? assert.fail();
  const files = loadedWith(join(extensionPath, 'dist', 'extension.js'));
  const bytes = files.reduce((sum, path) => sum + fs.statSync(path).size, 0);
  tell(`activation loads ${files.length} files, ${(bytes / 1000).toFixed(0)} KB`);
  assert.ok(bytes <= 250_000, `${bytes} bytes in ${files.length} files`);
});

/** A file of code and all that it imports, but for what it loads later. */
function loadedWith(entry: string): readonly string[] {
  const found = new Set([entry]);
  for (const path of found) {
    const code = fs.readFileSync(path, 'utf8');
    for (const [, specifier = ''] of code.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g)) {
      found.add(join(dirname(path), specifier));
    }
  }
  return [...found];
}

test('every contributed command is registered', async () => {
  const { contributes } = vscode.extensions.getExtension(extensionId)?.packageJSON ?? {};
  const registered = new Set(await vscode.commands.getCommands(true));
  const missing = contributes.commands
    .map(({ command }: { readonly command: string }) => command)
    .filter((command: string) => !registered.has(command));
  assert.ok(contributes.commands.length > 20);
  assert.deepEqual(missing, []);
});
