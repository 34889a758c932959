import { cpSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { type Made, makers } from './homes.ts';
import { halfOf, hashOf, storeOf } from './store.ts';

/** A throwaway store with one session, and the fork point in its middle. */
export interface Subject extends Disposable {
  readonly agent: string;
  readonly folder: string;
  readonly store: SessionStore;
  readonly session: string;
  readonly path: string;
  /** Where forks go. */
  readonly target: string;
  readonly keep: number;
  /** Changes when the source does. */
  digest(): string;
}

/** The agents whose forks we write ourselves; the others' are written by their own programs. */
export const agents = Object.keys(makers);

/** A subject with a session of about `bytes`; on another disk when `disk` names a folder of it. */
export async function makeSubject(agent: string, bytes: number, disk?: string): Promise<Subject> {
  const home = await makers[agent]?.(bytes);
  if (!home) {
    throw new Error(`There is no agent ${agent}.`);
  }
  return subjectOf(agent, disk === undefined ? home : moved(home, disk));
}

export async function subjectOf(
  agent: string,
  { folder, session, path, target, digest }: Made,
): Promise<Subject> {
  const store = storeOf(agent, folder);
  const { messages } = await store.read(sessionId(session));
  return {
    agent,
    folder,
    store,
    session,
    path,
    target,
    keep: halfOf(messages),
    digest: digest ?? (() => hashOf(path)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function moved({ folder, session, path, target }: Made, disk: string): Made {
  const there = join(disk, 'home');
  cpSync(folder, there, { recursive: true });
  rmSync(folder, { recursive: true });
  const placed = (old: string): string => join(there, relative(folder, old));
  return { folder: there, session, path: placed(path), target: placed(target) };
}
