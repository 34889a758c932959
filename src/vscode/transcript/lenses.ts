import * as vscode from 'vscode';
import type { SessionRef } from '../../core/model.ts';
import { sessionCapabilities } from '../../core/store.ts';
import { toCommand } from '../commands/commandTypes.ts';
import type { Services } from '../services.ts';
import { forksAt, verbOf } from '../verbs.ts';
import { forksStartHere, t } from '../words.ts';
import type { Annotated } from './annotated.ts';

/** The lenses of a document: what to do with the session on line 1, the verb and the forks on each message. */
export function lensesOf(services: Services, document: Annotated): vscode.CodeLens[] {
  const { info, store, places } = document;
  const forks = forksAt(services, info);
  const capabilities = sessionCapabilities(store.capabilities, info);
  const lenses = sessionCommands(info.ref).map((command) => new vscode.CodeLens(atLine(0), command));
  for (const { message, index, line } of places) {
    const verb = verbOf(message, index, capabilities);
    if (verb) {
      const title = iconed(verb.icon, verb.title);
      const fork = { ...info.ref, point: verb.point, origin: 'lens' } as const;
      lenses.push(new vscode.CodeLens(atLine(line), toCommand('sessionForks.fork', title, fork)));
    }
    const count = forks.get(index + 1)?.length ?? 0;
    if (count > 0) {
      const title = iconed('list-tree', forksStartHere(count));
      const argument = { ...info.ref, messages: index + 1 };
      lenses.push(new vscode.CodeLens(atLine(line), toCommand('sessionForks.showForks', title, argument)));
    }
  }
  return lenses;
}

const sessionCommands = (ref: SessionRef): readonly vscode.Command[] => [
  toCommand('sessionForks.fork', iconed('repo-forked', t('Fork')), { ...ref, origin: 'lens' }),
  toCommand('sessionForks.open', iconed('comment-discussion', t('Open in chat panel')), ref),
  toCommand('sessionForks.showInTree', iconed('list-tree', t('Show in tree')), ref),
];

// VS Code draws no plain space behind an icon.
const iconed = (icon: string, title: string): string => `$(${icon})\u00a0${title}`;

const atLine = (line: number): vscode.Range => new vscode.Range(line, 0, line, 0);
