import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import { type SessionRef, standsAlone } from '../../core/model.ts';
import type { ResumeCommand } from '../../core/store.ts';
import type { Services } from '../services.ts';
import { t } from '../words.ts';
import { nameOf, type Target, targetOf } from './target.ts';

/** Carries a session on in its agent's own program. Throws `not_supported` or, in an untrusted folder, `cancelled`. */
export async function resumeInTerminal(services: Services, session: SessionRef | undefined): Promise<void> {
  const target = await targetOf(services, session, t('Resume in Terminal'));
  if (!target) {
    return;
  }
  const { command, args, cwd } = resumeOf(target);
  if (!vscode.workspace.isTrusted) {
    throw new SessionForksError(
      'not_supported',
      t('Trust this folder to go on with the agent. Reading works without.'),
    );
  }
  const name = nameOf(services, target.info);
  const options = { name, shellPath: command, shellArgs: [...args], ...(cwd && { cwd }) };
  vscode.window.createTerminal(options).show();
}

/** Copies the line that resumes a session in a shell. Throws `not_supported`. */
export async function copyResumeCommand(services: Services, session: SessionRef | undefined): Promise<void> {
  const target = await targetOf(services, session, t('Copy Resume Command'));
  if (target) {
    await vscode.env.clipboard.writeText(shellLine(resumeOf(target)));
    vscode.window.setStatusBarMessage(t('Copied the command that resumes this session.'), 3000);
  }
}

function resumeOf({ info, store }: Target): ResumeCommand {
  const resume = standsAlone(info) ? store.resumeCommand?.(info) : undefined;
  if (!resume) {
    throw new SessionForksError(
      'not_supported',
      t('This session of {0} cannot be resumed in a terminal.', store.agent.name),
    );
  }
  return resume;
}

/** The command as one line for the shell of this machine. */
export function shellLine({ command, args, cwd }: ResumeCommand): string {
  const line = [command, ...args].map(quoted).join(' ');
  return cwd ? `cd ${quoted(cwd)} && ${line}` : line;
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/u.test(word)) {
    return word;
  }
  return process.platform === 'win32'
    ? `"${word.replaceAll('"', '\\"')}"`
    : `'${word.replaceAll("'", "'\\''")}'`;
}
