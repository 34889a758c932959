import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { claudeCode, qwenCode } from '../../bench/support/formats.ts';
import { type Format, type Link, makeStore } from '../../bench/support/sessions.ts';
import { halfOf, storeOf } from './store.ts';

/** A throwaway store with one session of about `bytes`, whose records name a backup, and the fork point in its middle. */
export interface Subject extends Disposable {
  readonly agent: string;
  readonly folder: string;
  readonly store: SessionStore;
  readonly session: string;
  readonly path: string;
  readonly keep: number;
}

const backup = { backupFileName: 'abc@v1', version: 1 };

const withBackups: Readonly<Record<string, Format>> = {
  'claude-code': {
    ...claudeCode,
    turn: (link, number) => [
      ...claudeCode.turn(link, number),
      { type: 'file-history-snapshot', snapshot: { trackedFileBackups: { 'a.ts': backup } } },
    ],
  },
  'qwen-code': { ...qwenCode, turn: (link, number) => [...qwenCode.turn(link, number), snapshotOf(link)] },
};

const snapshotOf = (link: Link) =>
  link.next({
    type: 'system',
    subtype: 'file_history_snapshot',
    version: '0.24.4',
    systemPayload: {
      snapshots: [{ promptId: `${link.session}########1`, trackedFileBackups: { a: backup } }],
    },
  });

/** The agents whose transcripts these are. */
export const agents = Object.keys(withBackups);

export async function makeSubject(agent: string, bytes: number): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-faults-'));
  const format = withBackups[agent];
  const [made] = format ? await makeStore(format, folder, { count: 1, bytes }) : [];
  if (!made) {
    throw new Error(`No session of ${agent} was made.`);
  }
  mkdirSync(join(folder, 'file-history', made.id), { recursive: true });
  writeFileSync(join(folder, 'file-history', made.id, backup.backupFileName), 'before');
  const store = storeOf(agent, folder);
  const { messages } = await store.read(sessionId(made.id));
  return {
    agent,
    folder,
    store,
    session: made.id,
    path: made.path,
    keep: halfOf(messages),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
