import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { WhenBusy } from '../core/forkService.ts';
import type { AgentId } from '../core/model.ts';

const section = 'sessionForks';

const read = <T>(name: string, fallback: T): T =>
  vscode.workspace.getConfiguration(section).get<T>(name, fallback);

export const settings = {
  codeLens: (): boolean => read('codeLens', true),
  hover: (): boolean => read('hover', true),
  whenBusy: (): WhenBusy => read<WhenBusy>('whenBusy', 'lastFinishedTurn'),
  /** The program that the person put in place of an agent's own. */
  command: (agent: AgentId): string | undefined => agentTexts('command')[agent],
  /** The folders that the person put in place of the agents' own, by agent id. `~` is the home folder. */
  folders: (): Readonly<Record<string, string>> => agentTexts('folder'),
};

/** True when the change touches where an agent keeps its sessions. */
export const foldersChanged = (change: vscode.ConfigurationChangeEvent): boolean =>
  agentNames().some((agent) => change.affectsConfiguration(`${section}.${agent}.folder`));

const allSettings = (): Readonly<Record<string, unknown>> =>
  vscode.workspace.getConfiguration().get<Record<string, unknown>>(section, {});

const agentNames = (): readonly string[] =>
  Object.entries(allSettings()).flatMap(([name, value]) => (typeof value === 'object' ? [name] : []));

function agentTexts(name: 'folder' | 'command'): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(allSettings()).flatMap(([agent, value]) => {
      const text = textOf(value, name);
      return text ? [[agent, name === 'folder' ? withHome(text) : text]] : [];
    }),
  );
}

function textOf(value: unknown, name: string): string | undefined {
  const text = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

const withHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
