import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import type { ForkResult } from '../../core/forkService.ts';
import { type ForkPoint, type SessionRef, standsAlone } from '../../core/model.ts';
import { pickPoint } from '../pickers/messagePicker.ts';
import { pickSession } from '../pickers/sessionPicker.ts';
import { askForkTitle } from '../pickers/titleInput.ts';
import type { Services } from '../services.ts';
import { belongsTo } from '../tree/layout.ts';
import { t } from '../words.ts';
import type { ForkArgument } from './commandTypes.ts';
import { forkSilently, runFork } from './runFork.ts';
import { lookUp, type Target, targetOf } from './target.ts';

/**
 * "Fork Session" on a row, a lens, a link or in the panel: forks at once, at the end unless a point is given. With
 * `silent` for a program, which is told the result and nobody else. Throws as the fork service does.
 */
export async function forkAtOnce(
  services: Services,
  argument: ForkArgument | undefined,
): Promise<ForkResult | undefined> {
  const target = await targetOf(services, argument, t('Fork Session'));
  const order = { point: 'end', origin: 'command', ...argument } as const;
  const run = argument?.silent ? forkSilently : runFork;
  return target && run(services, target, order);
}

/** "Fork Session…": asks for session, message and title. */
export async function pickAndFork(services: Services): Promise<ForkResult | undefined> {
  for (;;) {
    const session = await pickSession(services, {
      title: t('Fork Session'),
      prompt: t('Pick the session to fork. Buttons: fork at its end, open, compare with parent.'),
    });
    const outcome = session && (await askAndFork(services, await lookUp(services, session), true));
    if (outcome !== 'back') {
      return outcome;
    }
  }
}

/** "Fork at Message…": asks for the message and the title. */
export async function forkAtMessage(
  services: Services,
  session: SessionRef | undefined,
): Promise<ForkResult | undefined> {
  const target = await targetOf(services, session, t('Fork at Message'));
  const outcome = target && (await askAndFork(services, target, false));
  return outcome === 'back' ? undefined : outcome;
}

/** "Fork Latest Session": the newest session of this folder, at its end. */
export async function forkLatest(services: Services): Promise<ForkResult | undefined> {
  await services.listed();
  await services.catalog.refresh();
  const session = latestHere(services) ?? (await offerOtherFolders(services));
  return session && runFork(services, await lookUp(services, session), { point: 'end', origin: 'command' });
}

async function askAndFork(
  services: Services,
  target: Target,
  sessionWasPicked: boolean,
): Promise<ForkResult | 'back' | undefined> {
  const of = sessionWasPicked ? 3 : 2;
  for (;;) {
    const picked = await pickPoint(services, target, { number: of - 1, of, back: sessionWasPicked });
    if (picked === undefined || picked === 'back') {
      return picked;
    }
    const proposed = services.forkService.proposeTitle(target.info);
    const title = await askForkTitle(`${picked.heading} (${of}/${of})`, proposed);
    if (title !== 'back') {
      return title === undefined ? undefined : forkNamed(services, target, picked.point, title);
    }
  }
}

const forkNamed = (
  services: Services,
  target: Target,
  point: ForkPoint,
  title: string,
): Promise<ForkResult | undefined> => runFork(services, target, { point, title, origin: 'command' });

function latestHere(services: Services): SessionRef | undefined {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const sessions = services.catalog
    .sessions()
    .filter((info) => !info.archived && standsAlone(info) && belongsTo(info.cwd, folders));
  return sessions.toSorted((a, b) => b.updated - a.updated)[0]?.ref;
}

async function offerOtherFolders(services: Services): Promise<SessionRef | undefined> {
  const none = t('No agent has a session in this folder yet.');
  if (services.catalog.sessions().length === 0) {
    throw new SessionForksError('no_source', none);
  }
  const button = t('Show All Folders');
  const answer = await vscode.window.showInformationMessage(none, button);
  return answer === button
    ? pickSession(services, { title: t('Fork Session'), onlyElsewhere: true })
    : undefined;
}
