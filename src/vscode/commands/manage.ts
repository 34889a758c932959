import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionRef } from '../../core/model.ts';
import { sessionCapabilities } from '../../core/store.ts';
import { sanitizeTitle, titleLimit } from '../../core/titles.ts';
import type { Services } from '../services.ts';
import { t } from '../words.ts';
import type { RenameArgument } from './commandTypes.ts';
import { nameOf, targetOf } from './target.ts';

/** Gives a session a title, asked for when none is given. Throws `not_supported`. */
export async function rename(services: Services, argument: RenameArgument | undefined): Promise<void> {
  const target = await targetOf(services, argument, t('Rename Session'));
  if (!target) {
    return;
  }
  const { info, store } = target;
  if (!store.rename || !sessionCapabilities(store.capabilities, info).rename) {
    throw new SessionForksError(
      'not_supported',
      t('Sessions of {0} cannot be renamed from here.', store.agent.name),
    );
  }
  const name = nameOf(services, info);
  const title = sanitizeTitle(argument?.title ?? (await askTitle(name)) ?? '');
  if (title !== '' && title !== info.title) {
    await store.rename(info.ref.id, title);
    await services.catalog.refreshSession(info.ref);
  }
}

const askTitle = (value: string): Thenable<string | undefined> =>
  vscode.window.showInputBox({
    title: t('Rename Session'),
    value,
    prompt: t('Title of the session, at most {0} characters.', titleLimit),
    validateInput: (text) => (sanitizeTitle(text) === '' ? t('Type a title.') : undefined),
  });

/** Puts a session away, or takes it back. Throws `not_supported`. */
export async function archive(
  services: Services,
  session: SessionRef | undefined,
  archived: boolean,
): Promise<void> {
  const target = await targetOf(services, session, archived ? t('Archive Session') : t('Unarchive Session'));
  if (!target) {
    return;
  }
  const { info, store } = target;
  if (!store.archive || !sessionCapabilities(store.capabilities, info).archive) {
    throw new SessionForksError(
      'not_supported',
      t('Sessions of {0} cannot be archived from here.', store.agent.name),
    );
  }
  await store.archive(info.ref.id, archived);
  await services.catalog.refreshSession(info.ref);
}
