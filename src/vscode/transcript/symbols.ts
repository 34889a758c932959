import * as vscode from 'vscode';
import { excerpt, messageName } from '../messageWords.ts';
import type { Annotated } from './annotated.ts';

const detailLimit = 60;

/** One symbol a message, for the outline and the breadcrumb. */
export function symbolsOf(
  document: vscode.TextDocument,
  { info, places }: Annotated,
): vscode.DocumentSymbol[] {
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
