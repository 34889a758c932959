import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { WhenBusy } from '../core/forkService.ts';

const section = 'sessionForks';

/** What is shown of a fork that was just made. */
export type AfterFork = 'openPanel' | 'showInTree' | 'stay';

const read = <T>(name: string, fallback: T): T =>
  vscode.workspace.getConfiguration(section).get<T>(name, fallback);

export const settings = {
  codeLens: (): boolean => read('codeLens', true),
  agentTools: (): boolean => read('agentTools', true),
  hover: (): boolean => read('hover', true),
  whenBusy: (): WhenBusy => read<WhenBusy>('whenBusy', 'lastFinishedTurn'),
  afterFork: (): AfterFork => read<AfterFork>('afterFork', 'openPanel'),
  /** How long an agent without work stays, in ms; 0: as long as its panel. */
  idleMs: (): number => 60_000 * Math.max(0, read('endIdleAgentsAfter', 30)),
  /** How many agents may run at once. */
  maxLiveAgents: (): number => Math.max(1, read('maxLiveAgents', 10)),
  /** The programs that the person put in place of the agents' own, by agent id. */
  commands: (): Readonly<Record<string, string>> => texts('commands'),
  /** The addresses of agents' servers, in place of the ones that the agents' own settings say. */
  servers: (): Readonly<Record<string, string>> => texts('servers'),
  /** The folders that the person put in place of the agents' own, by agent id. `~` is the home folder. */
  folders: (): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(texts('folders')).map(([agent, path]) => [agent, withHome(path)])),
};

/** True when the change touches where an agent keeps its sessions. */
export const foldersChanged = (change: vscode.ConfigurationChangeEvent): boolean =>
  change.affectsConfiguration(`${section}.folders`);

function texts(name: 'folders' | 'commands' | 'servers'): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(read<Record<string, unknown>>(name, {})).flatMap(([agent, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[agent, value.trim()]] : [],
    ),
  );
}

const withHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
