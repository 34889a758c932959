import * as vscode from 'vscode';
import type { MessageId } from '../../core/model.ts';
import { nameOf, type Target } from '../commands/target.ts';
import type { Services } from '../services.ts';
import { transcriptUri } from './address.ts';
import { renderSession } from './annotated.ts';
import { lineOf } from './render.ts';

/** Opens the readable transcript, with the heading of `message` in view. Throws `no_such_session`. */
export async function showTranscript(
  services: Services,
  target: Target,
  message: MessageId | undefined,
): Promise<void> {
  const uri = transcriptUri(target.info.ref, nameOf(services, target.info));
  const document = await vscode.workspace.openTextDocument(uri);
  const line = message && lineOf(await renderSession(services, target), message);
  const at = line === undefined ? undefined : new vscode.Range(line, 0, line, 0);
  const editor = await vscode.window.showTextDocument(document, at ? { selection: at } : {});
  if (at) {
    editor.revealRange(at, vscode.TextEditorRevealType.AtTop);
  }
}
