import { type ForkNode, forksOf } from '../core/forkTree.ts';
import { type ForkPoint, type Message, type SessionInfo, sessionKey } from '../core/model.ts';
import type { Capabilities } from '../core/store.ts';
import type { Services } from './services.ts';
import { t } from './words.ts';

/** What can be forked at a message, and what the button says. */
export interface Verb {
  readonly title: string;
  readonly icon: string;
  readonly point: Exclude<ForkPoint, 'end'>;
}

/** The verb of a message; none where no fork can be cut. `index` counts from 0. */
export function verbOf(
  message: Message,
  index: number,
  capabilities: Pick<Capabilities, 'forkAt' | 'emptyFork'>,
): Verb | undefined {
  if (capabilities.forkAt === 'none') {
    return undefined;
  }
  if (message.kind === 'prompt') {
    return index > 0 || capabilities.emptyFork
      ? { title: t('Edit & fork from here'), icon: 'edit', point: { before: message.id } }
      : undefined;
  }
  const possible = message.finished && (capabilities.forkAt === 'reply' || message.endsTurn);
  return possible
    ? { title: t('Fork after this reply'), icon: 'repo-forked', point: { after: message.id } }
    : undefined;
}

/** The forks that kept so many messages of this session, as far as the catalog knows. */
export function forksAt(services: Services, info: SessionInfo): ReadonlyMap<number, readonly ForkNode[]> {
  const forks = forksOf(services.catalog.forest().nodes.get(sessionKey(info.ref)));
  return Map.groupBy(forks, (child) => child.info.lineage?.messages ?? 0);
}
