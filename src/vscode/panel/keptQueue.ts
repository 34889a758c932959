import type * as vscode from 'vscode';
import { type SessionRef, sessionKey } from '../../core/model.ts';
import { parseKeptQueue } from './messages.ts';
import type { QueuedInput } from './promptQueue.ts';

/** What is kept of a panel's prompts for a window to come. */
export interface KeptQueue {
  readonly queue: readonly QueuedInput[];
  /** The prompt whose turn ran, and how many messages were stored when it began. */
  readonly running?: QueuedInput;
  readonly stored?: number;
}

export const noQueue: KeptQueue = { queue: [] };

/** The prompts of a session that were not sent when the window was closed; it has `total` messages now. */
export function keptQueue(state: vscode.Memento, session: SessionRef, total: number): readonly QueuedInput[] {
  const { queue, running, stored = 0 } = parseKeptQueue(state.get(keyOf(session))) ?? noQueue;
  // When the session has grown, its agent has stored the prompt.
  return running && total <= stored ? [running, ...queue] : queue;
}

/** Keeps a panel's prompts until the window is there again; where there are none nothing is kept. */
export async function keepQueue(state: vscode.Memento, session: SessionRef, kept: KeptQueue): Promise<void> {
  await state.update(keyOf(session), kept.running || kept.queue.length > 0 ? kept : undefined);
}

const keyOf = (session: SessionRef): string => `queue ${sessionKey(session)}`;
