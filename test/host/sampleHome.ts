// Sample sessions in the place of the person's own: the host's home is a throwaway folder.
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { SessionInfo, Transcript } from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import { installSamples } from '../../src/sample/index.ts';
import { storeFactories } from '../../src/stores/index.ts';

export const extensionId = 'session-forks.session-forks';

export const workspaceFolder = (): string => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error('The tests need a workspace folder.');
  return folder.uri.fsPath;
};

/** Stores of the tests' own, on the same files as the extension's. */
export const homeStores = (): readonly SessionStore[] =>
  storeFactories.map((make) => make({ home: homedir(), variables: {}, folders: {} }));

export async function installHomeSamples(): Promise<void> {
  await installSamples({ home: homedir(), cwd: workspaceFolder(), now: Date.now() });
}

export interface Found {
  readonly store: SessionStore;
  readonly info: SessionInfo;
  readonly transcript: Transcript;
}

/** The sample session of this title. */
export async function findSample(title: string): Promise<Found> {
  for (const store of homeStores()) {
    const { sessions } = await store.list();
    const info = sessions.find((session) => session.title === title);
    if (info) return { store, info, transcript: await store.read(info.ref.id) };
  }
  throw new Error(`There is no session “${title}”.`);
}

/** Waits until `holds` gives something, at most `ms`. */
export async function eventually<T>(
  holds: () => Promise<T | undefined> | T | undefined,
  ms = 15_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
