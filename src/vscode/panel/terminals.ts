import * as vscode from 'vscode';
import type { TerminalProgram } from '../../core/signIn.ts';
import type { SessionPanel } from './panel.ts';

/** Runs the line that installs the agent, or starts its server, where the person sees it. */
export function installInTerminal({ services, session, agentName }: SessionPanel): void {
  const install = services.liveAgents.get(session.agent)?.install;
  if (install && vscode.workspace.isTrusted) {
    const terminal = vscode.window.createTerminal(agentName);
    terminal.show();
    terminal.sendText(install.command);
  }
}

/** Signs in by one of the agent's own ways: in a terminal, or by starting the agent again. */
export async function signIn(panel: SessionPanel, method: string): Promise<void> {
  const program = await panel.live.signIn(method);
  if (program && vscode.workspace.isTrusted) {
    vscode.window.createTerminal(terminalOptions(panel, program)).show();
  }
}

const terminalOptions = (
  { agentName, folder }: SessionPanel,
  { command, args, env }: TerminalProgram,
): vscode.TerminalOptions => ({
  name: vscode.l10n.t('Sign in to {0}', agentName),
  shellPath: command,
  shellArgs: [...args],
  cwd: folder,
  ...(env && { env }),
});
