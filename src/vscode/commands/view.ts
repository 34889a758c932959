import * as vscode from 'vscode';
import { isSubagentRun, type SessionRef } from '../../core/model.ts';
import type { Services } from '../services.ts';
import { sessionsText, t } from '../words.ts';
import { requireParent, targetOf } from './target.ts';

/** Lists all sessions anew, with progress on the view. */
export async function refresh(services: Services): Promise<void> {
  await services.listed();
  await vscode.window.withProgress({ location: { viewId: 'sessionForks.sessions' } }, () =>
    services.catalog.refresh(),
  );
}

export async function collapseAll(): Promise<void> {
  await vscode.commands.executeCommand('sessionForks.sessions.focus');
  await vscode.commands.executeCommand('list.collapseAll');
}

/** Asks which agents' sessions the tree shows; one without sessions is not offered. All or none chosen: all. */
export async function filterAgents(services: Services): Promise<void> {
  await services.listed();
  const { tree, catalog } = services;
  const sessions = catalog.sessions().filter((info) => !isSubagentRun(info));
  const counts = Map.groupBy(sessions, (info) => info.ref.agent);
  const items = catalog
    .agents()
    .filter((agent) => counts.has(agent.id))
    .map((agent) => ({
      label: agent.name,
      description: sessionsText(counts.get(agent.id)?.length ?? 0),
      picked: tree.filter.agents.length === 0 || tree.filter.agents.includes(agent.id),
      agent: agent.id,
    }));
  const title = t('Filter by Agent');
  const chosen = await vscode.window.showQuickPick(items, { title, canPickMany: true });
  if (chosen) {
    const all = chosen.length === items.length;
    tree.setFilter({ agents: all ? [] : chosen.map((item) => item.agent) });
  }
}

/** Shows and selects a session in the tree. */
export async function showInTree(services: Services, session: SessionRef | undefined): Promise<void> {
  const target = await targetOf(services, session, t('Show in Tree'));
  if (target) {
    await services.tree.show(target.info.ref);
  }
}

/** Selects the parent in the tree. Throws `no_source` for a session without a known parent. */
export async function goToParent(services: Services, session: SessionRef | undefined): Promise<void> {
  const target = await targetOf(services, session, t('Go to Parent'));
  if (!target) {
    return;
  }
  const parent = requireParent(services, target.info);
  await services.tree.show(parent.ref);
}
