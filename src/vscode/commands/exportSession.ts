import * as vscode from 'vscode';
import type { Transcript } from '../../core/model.ts';
import type { Services } from '../services.ts';
import { renderSession } from '../transcript/annotated.ts';
import { t } from '../words.ts';
import type { ExportArgument } from './commandTypes.ts';
import { nameOf, type Target, targetOf } from './target.ts';

/** The form of an exported session that a program reads; raised when a field changes its meaning. */
const formatVersion = 1;

/**
 * Writes a session with its lineage to a file, as JSON when its name ends so, else as Markdown. Asks where, unless the
 * argument says it. Gives the file's address; undefined when the person cancels.
 */
export async function exportSession(
  services: Services,
  argument: ExportArgument | undefined,
): Promise<vscode.Uri | undefined> {
  const target = await targetOf(services, argument, t('Export'));
  const to = target && (argument?.to ? vscode.Uri.parse(argument.to, true) : await ask(services, target));
  if (!target || !to) {
    return undefined;
  }
  const text = /\.json$/iu.test(to.path)
    ? asJson(await target.store.read(target.info.ref.id), target.store.agent.name)
    : (await renderSession(services, target)).text;
  await vscode.workspace.fs.writeFile(to, Buffer.from(text));
  return to;
}

function ask(services: Services, { info }: Target): Thenable<vscode.Uri | undefined> {
  const name = nameOf(services, info).replace(/[/\\:*?"<>|]/gu, ' ');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return vscode.window.showSaveDialog({
    title: t('Export'),
    filters: { Markdown: ['md'], JSON: ['json'] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, `${name}.md`) }),
  });
}

function asJson({ info, messages }: Transcript, agentName: string): string {
  const { ref, title, cwd, created, updated, lineage, problem } = info;
  const about = { agent: ref.agent, agentName, session: ref.id, title, cwd, created, updated };
  return `${JSON.stringify({ version: formatVersion, ...about, lineage, problem, messages }, null, 2)}\n`;
}
