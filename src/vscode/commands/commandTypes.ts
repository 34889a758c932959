import * as vscode from 'vscode';
import type { ForkOrigin } from '../../core/catalog.ts';
import type { ForkPoint, MessageId, SessionRef } from '../../core/model.ts';

/** A session, and a message in it where the command has use for one. JSON-safe. */
export interface MessageArgument extends SessionRef {
  readonly message?: MessageId;
}

/** A session to open at a message; `top` is where its fork point, which follows that message, stands in the panel. */
export interface OpenArgument extends MessageArgument {
  readonly top?: number;
}

/** What to fork. Without `point`, from its end. JSON-safe. */
export interface ForkArgument extends SessionRef {
  readonly point?: ForkPoint;
  readonly title?: string;
  readonly origin?: ForkOrigin;
  /** Neither shows nor opens the child. */
  readonly stay?: boolean;
  /** Shows nothing at all; what fails is thrown, its code first. */
  readonly silent?: boolean;
}

export interface RenameArgument extends SessionRef {
  readonly title?: string;
}

/** Where to write a session: the address of a file, `.md` or `.json`; asked for when it is absent. */
export interface ExportArgument extends SessionRef {
  readonly to?: string;
}

/** Two sessions to compare; the second one is asked for when it is absent. */
export interface CompareArgument extends SessionRef {
  readonly other?: SessionRef;
}

/** The forks that kept so many messages of a session. */
export interface ForksArgument extends SessionRef {
  readonly messages: number;
}

/**
 * All commands and what they take. With an argument a command asks nothing (Delete… aside, which may ask for
 * confirmation); without one it takes the tree's selected row, or asks.
 */
export interface CommandArguments {
  readonly 'sessionForks.fork': ForkArgument;
  readonly 'sessionForks.pickAndFork': undefined;
  readonly 'sessionForks.forkLatest': undefined;
  readonly 'sessionForks.forkAtMessage': SessionRef;
  readonly 'sessionForks.open': OpenArgument;
  /** Opens the row that was clicked. */
  readonly 'sessionForks.openClicked': undefined;
  readonly 'sessionForks.openTranscript': MessageArgument;
  readonly 'sessionForks.exportSession': ExportArgument;
  readonly 'sessionForks.compare': CompareArgument;
  readonly 'sessionForks.compareSelected': SessionRef;
  readonly 'sessionForks.compareWithParent': SessionRef;
  readonly 'sessionForks.search': undefined;
  readonly 'sessionForks.filterAgents': undefined;
  readonly 'sessionForks.clearFilter': undefined;
  readonly 'sessionForks.showArchived': undefined;
  readonly 'sessionForks.hideArchived': undefined;
  readonly 'sessionForks.showOtherFolders': undefined;
  readonly 'sessionForks.collapseAll': undefined;
  readonly 'sessionForks.refresh': undefined;
  readonly 'sessionForks.showInTree': SessionRef;
  readonly 'sessionForks.goToParent': SessionRef;
  readonly 'sessionForks.rename': RenameArgument;
  readonly 'sessionForks.archive': SessionRef;
  readonly 'sessionForks.unarchive': SessionRef;
  readonly 'sessionForks.remove': SessionRef;
  readonly 'sessionForks.undoFork': undefined;
  readonly 'sessionForks.resumeInTerminal': SessionRef;
  readonly 'sessionForks.copyResumeCommand': SessionRef;
  readonly 'sessionForks.copyMessage': MessageArgument;
  readonly 'sessionForks.showForks': ForksArgument;
  readonly 'sessionForks.openSamples': undefined;
  readonly 'sessionForks.openSetting': string;
  readonly 'sessionForks.setServerKey': undefined;
  readonly 'sessionForks.howForkingWorks': undefined;
  readonly 'sessionForks.showLog': undefined;
}

export type CommandId = keyof CommandArguments;

/** Whether something from outside names a session. */
export function isSession(argument: unknown): argument is SessionRef {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    typeof Reflect.get(argument, 'agent') === 'string' &&
    typeof Reflect.get(argument, 'id') === 'string'
  );
}

/** Runs one of our commands. */
export const runCommand = <Id extends CommandId>(
  id: Id,
  ...argument: CommandArguments[Id] extends undefined ? [] : [CommandArguments[Id]?]
): Thenable<unknown> => vscode.commands.executeCommand(id, ...argument);

/** One of our commands for a lens. */
export const toCommand = <Id extends CommandId>(
  id: Id,
  title: string,
  argument: CommandArguments[Id],
): vscode.Command => ({ command: id, title, arguments: [argument] });

/** One of our commands as the address of a link in trusted Markdown. */
export const commandLink = <Id extends CommandId>(id: Id, argument: CommandArguments[Id]): string =>
  `command:${id}?${encodeURIComponent(JSON.stringify([argument]))}`;
