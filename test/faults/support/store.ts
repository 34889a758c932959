import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '../../../src/core/model.ts';
import type { ForkCut, SessionStore } from '../../../src/core/store.ts';
import { temporaryPrefix } from '../../../src/stores/common/temporaries.ts';
import { storeFactories } from '../../../src/stores/index.ts';

/** Where the agents' own programs stand, in a home where they are to be used. */
export const programsIn = (folder: string): string => join(folder, 'programs');

export function storeOf(agent: string, folder: string): SessionStore {
  const environment = {
    home: folder,
    variables: { PATH: programsIn(folder), HOME: folder },
    folders: { [agent]: folder },
  };
  const store = storeFactories.map((make) => make(environment)).find((made) => made.agent.id === agent);
  if (!store) {
    throw new Error(`There is no agent ${agent}.`);
  }
  return store;
}

/** The cut that keeps `keep` messages. */
export function cutAfter(messages: readonly Message[], keep: number): ForkCut {
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last && { last }), ...(next && { next }) };
}

/** The number of messages up to the last finished turn of the first half. */
export function halfOf(messages: readonly Message[]): number {
  const half = messages.slice(0, (messages.length >> 1) + 1);
  return half.findLastIndex((message) => message.kind === 'reply' && message.endsTurn) + 1;
}

export const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Everything below a folder that bears the name of something unfinished. */
export const temporariesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.split('/').at(-1)?.startsWith(temporaryPrefix),
  );

/** Folders of backups that belong to no listed session. */
export function ownerlessBackups(folder: string, sessions: ReadonlySet<string>): readonly string[] {
  const backups = join(folder, 'file-history');
  return existsSync(backups) ? readdirSync(backups).filter((name) => !sessions.has(name)) : [];
}
