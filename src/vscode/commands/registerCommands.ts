import * as vscode from 'vscode';
import { codedText, SessionForksError } from '../../core/errors.ts';
import type { LoadServices, Services } from '../services.ts';
import { t } from '../words.ts';
import { checkArgument } from './checkArgument.ts';
import { type CommandArguments, type CommandId, isSession } from './commandTypes.ts';
import { showError } from './showError.ts';

type Handler<Id extends CommandId> = (
  services: Services,
  argument: CommandArguments[Id] | undefined,
) => Promise<unknown>;

/** Every command of `CommandArguments`; what a command needs is loaded when it runs. */
const handlers: { readonly [Id in CommandId]: Handler<Id> } = {
  'sessionForks.fork': async (services, argument) =>
    (await import('./fork.ts')).forkAtOnce(services, argument),
  'sessionForks.pickAndFork': async (services) => (await import('./fork.ts')).pickAndFork(services),
  'sessionForks.forkLatest': async (services) => (await import('./fork.ts')).forkLatest(services),
  'sessionForks.forkAtMessage': async (services, session) =>
    (await import('./fork.ts')).forkAtMessage(services, session),
  'sessionForks.undoFork': async (services) => (await import('./undoFork.ts')).undoLastFork(services),
  'sessionForks.open': async (services, argument) => (await import('./open.ts')).open(services, argument),
  'sessionForks.openClicked': async (services) => (await import('./open.ts')).openClicked(services),
  'sessionForks.search': async (services) => (await import('./open.ts')).open(services, undefined),
  'sessionForks.openTranscript': async (services, argument) =>
    (await import('./open.ts')).openTranscript(services, argument),
  'sessionForks.exportSession': async (services, argument) =>
    (await import('./exportSession.ts')).exportSession(services, argument),
  'sessionForks.compare': async (services, argument) =>
    (await import('./compare.ts')).compare(services, argument),
  'sessionForks.compareSelected': async (services) =>
    (await import('./compare.ts')).compare(services, undefined),
  'sessionForks.compareWithParent': async (services, session) =>
    (await import('./compare.ts')).compareWithParent(services, session),
  'sessionForks.showForks': async (services, argument) =>
    (await import('./open.ts')).showForks(services, argument),
  'sessionForks.copyMessage': async (services, argument) =>
    (await import('./open.ts')).copyMessage(services, argument),
  'sessionForks.filterAgents': async (services) => (await import('./view.ts')).filterAgents(services),
  'sessionForks.clearFilter': async ({ tree }) => tree.setFilter({ agents: [] }),
  'sessionForks.showArchived': async ({ tree }) => tree.setFilter({ archived: true }),
  'sessionForks.hideArchived': async ({ tree }) => tree.setFilter({ archived: false }),
  'sessionForks.showOtherFolders': async ({ tree }) => tree.setFilter({ otherFolders: true }),
  'sessionForks.collapseAll': async () => (await import('./view.ts')).collapseAll(),
  'sessionForks.refresh': async (services) => (await import('./view.ts')).refresh(services),
  'sessionForks.showInTree': async (services, session) =>
    (await import('./view.ts')).showInTree(services, session),
  'sessionForks.goToParent': async (services, session) =>
    (await import('./view.ts')).goToParent(services, session),
  'sessionForks.rename': async (services, argument) =>
    (await import('./manage.ts')).rename(services, argument),
  'sessionForks.archive': async (services, session) =>
    (await import('./manage.ts')).archive(services, session, true),
  'sessionForks.unarchive': async (services, session) =>
    (await import('./manage.ts')).archive(services, session, false),
  'sessionForks.remove': async (services, session) => (await import('./remove.ts')).remove(services, session),
  'sessionForks.resumeInTerminal': async (services, session) =>
    (await import('./terminal.ts')).resumeInTerminal(services, session),
  'sessionForks.copyResumeCommand': async (services, session) =>
    (await import('./terminal.ts')).copyResumeCommand(services, session),
  'sessionForks.openSamples': async (services) => services.openSamples(),
  'sessionForks.openSetting': async (_, setting) =>
    vscode.commands.executeCommand(settingsCommand(), { query: setting ?? 'sessionForks.folders' }),
  'sessionForks.setServerKey': async (services) => (await import('./setServerKey.ts')).setServerKey(services),
  'sessionForks.howForkingWorks': async () =>
    vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      'session-forks.session-forks#howForkingWorks',
    ),
  'sessionForks.showLog': async ({ log }) => log.show(),
};

/** The settings to open are those of the machine that the agents are on; of a remote one they are not among the person's. */
const settingsCommand = (): string =>
  vscode.env.remoteName === undefined
    ? 'workbench.action.openSettings'
    : 'workbench.action.openRemoteSettings';

/** Registers every command. What one throws is shown once, here. */
export function registerCommands(load: LoadServices): vscode.Disposable {
  const ids = Object.keys(handlers) as CommandId[];
  return vscode.Disposable.from(...ids.map((id) => registerCommand(id, load)));
}

function registerCommand<Id extends CommandId>(id: Id, load: LoadServices): vscode.Disposable {
  const handler: Handler<Id> = handlers[id];
  return vscode.commands.registerCommand(id, async (...given: readonly unknown[]) => {
    const services = await load();
    const [argument] = given;
    try {
      expectRow(given);
      return await handler(services, checked<Id>(id, argument));
    } catch (error) {
      // VS Code hands on the text of what is thrown, and nothing else.
      if (isSilent(argument)) {
        throw new Error(codedText(error), { cause: error });
      }
      // Nobody waits for the answer to a message.
      void showError(services, error);
      return undefined;
    }
  });
}

/**
 * A row's menu hands on the row and what is selected beside it, but no row while VS Code asks for the rows anew. Throws
 * `no_source` then: without an argument the command would take the row that happens to be selected.
 */
function expectRow(given: readonly unknown[]): void {
  if (given.length > 1 && (given[0] === undefined || given[0] === null)) {
    throw new SessionForksError(
      'no_source',
      t('The tree was just drawn anew. Choose the session once more.'),
    );
  }
}

const isSilent = (argument: unknown): boolean =>
  typeof argument === 'object' && argument !== null && Reflect.get(argument, 'silent') === true;

// Arguments come from links, key bindings and other extensions; VS Code adds its own for some menus.
function checked<Id extends CommandId>(id: Id, argument: unknown): CommandArguments[Id] | undefined {
  if (argument === undefined || argument === null) {
    return undefined;
  }
  if (isSession(argument)) {
    checkArgument(argument);
    return argument as CommandArguments[Id];
  }
  if (id === 'sessionForks.openSetting' && typeof argument === 'string') {
    return argument as CommandArguments[Id];
  }
  throw new SessionForksError('no_source', t('“{0}” was called without a session.', id));
}
