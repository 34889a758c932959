import * as vscode from 'vscode';
import { excerpt, messageName } from '../messageWords.ts';
import type { Annotated } from './annotated.ts';

const detailLimit = 60;

/** The session and in it one symbol a message, for the outline, the breadcrumbs and the lines that stick. */
export function symbolsOf(document: vscode.TextDocument, annotated: Annotated): vscode.DocumentSymbol[] {
  const title = document.lineAt(0).range;
  const whole = title.with({ end: document.lineAt(document.lineCount - 1).range.end });
  const name = document.lineAt(0).text.replace(/^# /u, '') || annotated.info.ref.id;
  const session = new vscode.DocumentSymbol(name, '', vscode.SymbolKind.File, whole, title);
  session.children = messagesOf(document, annotated);
  return [session];
}

function messagesOf(document: vscode.TextDocument, { info, places }: Annotated): vscode.DocumentSymbol[] {
  return places
    .filter(({ line }) => line < document.lineCount)
    .map(({ message, index, line, lastLine }) => {
      const kind = message.kind === 'prompt' ? vscode.SymbolKind.Event : vscode.SymbolKind.String;
      const end = document.lineAt(Math.min(lastLine, document.lineCount - 1)).range.end;
      const whole = new vscode.Range(new vscode.Position(line, 0), end);
      const heading = document.lineAt(line).range;
      return new vscode.DocumentSymbol(
        messageName(message, index),
        excerpt(message, detailLimit, info.cwd),
        kind,
        whole,
        heading,
      );
    });
}
