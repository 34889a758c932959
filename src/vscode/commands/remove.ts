import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import { depthFirst, type ForkNode } from '../../core/forkTree.ts';
import { type SessionInfo, type SessionRef, sessionKey } from '../../core/model.ts';
import { type SessionStore, sessionCapabilities } from '../../core/store.ts';
import type { Services } from '../services.ts';
import { nodeName } from '../sessionWords.ts';
import { layOut } from '../tree/layout.ts';
import { number, t } from '../words.ts';
import { lookUp, type Target, targetOf } from './target.ts';

/**
 * Deletes one session, never its forks. Asks first, unless it is a fork to which nothing was added.
 * Throws `no_such_session`, `not_supported`, or `busy` while its agent works.
 */
export async function remove(services: Services, session: SessionRef | undefined): Promise<void> {
  const picked = await targetOf(services, session, t('Delete Session'));
  if (!picked) {
    return;
  }
  const { ref } = picked.info;
  // What other programs added since it was listed decides whether to ask.
  await services.catalog.refresh(ref.agent);
  const target = await lookUp(services, ref);
  const removeFrom = removerOf(target);
  const node = services.catalog.forest().nodes.get(sessionKey(ref));
  if (node && (isUnmodifiedFork(node) || (await confirmed(node, target.store)))) {
    const next = nextAfter(services, node);
    services.panels.closeFor(ref);
    await removeFrom();
    await services.catalog.refresh(ref.agent);
    if (next && services.catalog.get(next)) {
      await services.tree.showLater(next);
    }
  }
}

function removerOf({ info, store }: Target): () => Promise<void> {
  if (!store.remove || !sessionCapabilities(store.capabilities, info).remove) {
    throw new SessionForksError(
      'not_supported',
      t('This session of {0} cannot be deleted from here.', store.agent.name),
    );
  }
  if (info.live === 'busy') {
    throw new SessionForksError('busy', t('“{0}” is running. Stop it first, then delete it.', info.title));
  }
  const { remove } = store;
  return () => remove.call(store, info.ref.id);
}

const isUnmodifiedFork = ({ info, children }: ForkNode): boolean =>
  info.lineage?.kind === 'fork' && info.messageCount <= info.lineage.messages && children.length === 0;

async function confirmed(node: ForkNode, store: SessionStore): Promise<boolean> {
  const button = t('Delete');
  const text = [question(node), await loss(node, store)].filter(Boolean).join(' ');
  return (await vscode.window.showWarningMessage(text, { modal: true }, button)) === button;
}

/** What forks lose with this session, or nothing. */
async function loss(node: ForkNode, store: SessionStore): Promise<string | undefined> {
  const forks = [...depthFirst(node.children)]
    .map(({ info }) => info)
    .filter(({ lineage }) => lineage?.kind === 'fork');
  const losing = forks.length > 0 ? ((await store.dependents?.(node.info, forks)) ?? []).length : 0;
  if (losing === 0) {
    return undefined;
  }
  return losing === 1
    ? t('1 fork uses files that are deleted with it: outputs of tools, or media.')
    : t('{0} forks use files that are deleted with it: outputs of tools, or media.', number(losing));
}

function question(node: ForkNode): string {
  const name = nodeName(node);
  const forks = node.children.filter(({ info }) => info.lineage?.kind === 'fork').length;
  if (forks === 0) {
    return t('Delete “{0}”?', name);
  }
  return forks === 1
    ? t('Delete “{0}”? Its fork stays and moves to the top level.', name)
    : t('Delete “{0}”? Its {1} forks stay and move to the top level.', name, number(forks));
}

/** Where the selection goes: the parent, else the next root that the tree shows, else the one before. */
function nextAfter(services: Services, node: ForkNode): SessionInfo['ref'] | undefined {
  if (node.parent) {
    return node.parent.info.ref;
  }
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const { here, elsewhere } = layOut(services.catalog.forest(), folders, services.tree.filter);
  const roots = [...here, ...elsewhere];
  const index = roots.indexOf(node);
  return (roots[index + 1] ?? roots[index - 1])?.info.ref;
}
