import { SessionForksError } from '../../core/errors.ts';
import { type SessionInfo, type SessionRef, sessionKey } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import { pickSession } from '../pickers/sessionPicker.ts';
import type { Services } from '../services.ts';
import { sessionName } from '../sessionWords.ts';
import { t } from '../words.ts';

/** A session with its store, both known. */
export interface Target {
  readonly info: SessionInfo;
  readonly store: SessionStore;
}

/**
 * What a command works on: the session it was given, else the tree's selected row, else one that the person picks.
 * Undefined when the person picks none. Throws `no_such_session` or `no_source`.
 */
export async function targetOf(
  services: Services,
  session: SessionRef | undefined,
  placeholder: string,
): Promise<Target | undefined> {
  await services.listed();
  const ref = session ?? services.tree.selected() ?? (await pickSession(services, { title: placeholder }));
  return ref && lookUp(services, ref);
}

/** The session and its store, listed once more if need be. Throws `no_such_session`. */
export async function lookUp(services: Services, ref: SessionRef): Promise<Target> {
  await services.listed();
  const store = services.catalog.store(ref.agent);
  if (store && !services.catalog.get(ref)) {
    await services.catalog.refresh(ref.agent);
  }
  const info = services.catalog.get(ref);
  if (!store || !info) {
    throw new SessionForksError(
      'no_such_session',
      t('This session is not there any more. It may have been deleted elsewhere.'),
    );
  }
  return { info, store };
}

/** What the session is called. */
export const nameOf = (services: Services, info: SessionInfo): string =>
  sessionName(info, parentOf(services, info));

/** The session's parent. Throws `no_source` for a session without a known one. */
export function requireParent(services: Services, info: SessionInfo): SessionInfo {
  const parent = parentOf(services, info);
  if (!parent) {
    throw new SessionForksError('no_source', t('This session has no parent that is still there.'));
  }
  return parent;
}

/** The session's parent, if it is known. */
export const parentOf = (services: Services, info: SessionInfo): SessionInfo | undefined =>
  services.catalog.forest().nodes.get(sessionKey(info.ref))?.parent?.info;
