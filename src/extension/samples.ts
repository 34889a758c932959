import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { LaunchRow } from '../agents/acp/index.ts';
import { agentId } from '../core/model.ts';
import type { SessionStore } from '../core/store.ts';
import type { StoreEnvironment } from '../stores/index.ts';
import { programPath, storagePath } from './places.ts';

/** The agents that have samples; their ids bear a prefix, to keep samples apart from the person's own sessions. */
const formats = ['claude-code', 'qwen-code'] as const;
const idPrefix = 'sample-';
/** Remembers that the person wants the sample sessions. */
const wantedKey = 'samples';

const sampleHome = (context: vscode.ExtensionContext): string => storagePath(context, 'samples');

export const sampleEnvironment = (context: vscode.ExtensionContext): StoreEnvironment => ({
  home: sampleHome(context),
  variables: {},
  folders: {},
  idPrefix,
});

export const isSample = ({ agent }: SessionStore): boolean =>
  formats.some((format) => agent.id === idPrefix + format);

/** Samples were asked for earlier, or by the way the window was started. */
export const samplesWanted = ({ globalState }: vscode.ExtensionContext): boolean =>
  process.env.SESSION_FORKS_SAMPLES === '1' || globalState.get(wantedKey) === true;

/** Puts the sample sessions in place for this folder, now and at every later start. */
export async function installSamples(context: vscode.ExtensionContext): Promise<void> {
  const sample = await import('../sample/index.ts');
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  await sample.installSamples({ home: sampleHome(context), cwd, now: Date.now() });
  await context.globalState.update(wantedKey, true);
}

/** Rows that carry sample sessions on with the agent that answers offline. */
export async function sampleRows(
  context: vscode.ExtensionContext,
  rows: readonly LaunchRow[],
): Promise<readonly LaunchRow[]> {
  const { sampleAgentArguments } = await import('../sample/index.ts');
  const command = programPath(context, 'sampleAgent.js');
  return rows.flatMap((row) => {
    const format = formats.find((name) => name === row.agent);
    const args = format && sampleAgentArguments(format, sampleHome(context));
    return args ? [{ ...row, agent: agentId(idPrefix + row.agent), command, args }] : [];
  });
}
