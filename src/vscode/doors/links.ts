import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import { resolvePoint } from '../../core/forkPoint.ts';
import type { Message, MessageId } from '../../core/model.ts';
import { pointNamed } from '../../core/namedPoint.ts';
import { runCommand } from '../commands/commandTypes.ts';
import { showError } from '../commands/showError.ts';
import { lookUp, nameOf, type Target } from '../commands/target.ts';
import type { Services } from '../services.ts';
import { cutAtWord, dotted, messagesText, t } from '../words.ts';
import { type LinkRequest, readLink } from './linkRequest.ts';

/** Follows a link to the extension: it is checked, shown to the person, and only then done. */
export async function handleLink(
  services: Services,
  link: Pick<vscode.Uri, 'path' | 'query'>,
): Promise<void> {
  try {
    await followLink(services, readLink(link.path, link.query));
  } catch (error) {
    await showError(services, error);
  }
}

async function followLink(services: Services, request: LinkRequest): Promise<void> {
  const target = await lookUp(services, request.session);
  const { messages } = await target.store.read(target.info.ref.id);
  if (request.verb === 'open') {
    await openByLink(services, target, shownMessage(messages, request));
  } else {
    await forkByLink(services, target, messages, request);
  }
}

async function openByLink(services: Services, target: Target, message: MessageId | undefined): Promise<void> {
  const name = cutAtWord(nameOf(services, target.info), 80);
  if (await confirmed(t('Open “{0}”?', name), t('Open'), target)) {
    await runCommand('sessionForks.open', { ...target.info.ref, ...(message && { message }) });
  }
}

async function forkByLink(
  services: Services,
  target: Target,
  messages: readonly Message[],
  { point: named, label }: LinkRequest,
): Promise<void> {
  const point = pointNamed(messages, named);
  const { keep } = resolvePoint(messages, point, target.store.capabilities).cut;
  const name = cutAtWord(nameOf(services, target.info), 80);
  const question = t('Fork “{0}” and keep {1}?', name, messagesText(keep));
  if (await confirmed(question, t('Fork'), target)) {
    const argument = { ...target.info.ref, point, origin: 'uri', ...(label && { title: label }) } as const;
    await runCommand('sessionForks.fork', argument);
  }
}

/** The message that a link to open points at: one by its id, or the last one of so many. */
function shownMessage(messages: readonly Message[], { point }: LinkRequest): MessageId | undefined {
  if (point.keep === undefined && point.message === undefined) {
    return undefined;
  }
  const found =
    point.keep === undefined
      ? messages.find(({ id }) => id === point.message)
      : messages[Math.max(0, point.keep - 1)];
  if (!found) {
    throw new SessionForksError('fork_point_invalid', t('This message is not in the session.'));
  }
  return found.id;
}

async function confirmed(question: string, button: string, { info, store }: Target): Promise<boolean> {
  const detail = `${dotted(store.agent.name, info.cwd)}\n${t('A link asks for this.')}`;
  return (await vscode.window.showInformationMessage(question, { modal: true, detail }, button)) === button;
}
