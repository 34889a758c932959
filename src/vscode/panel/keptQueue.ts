import type * as vscode from 'vscode';
import { type SessionRef, sessionKey } from '../../core/model.ts';
import { parseQueue } from './messages.ts';
import type { QueuedInput } from './promptQueue.ts';

/** The prompts that waited in a session's panel when the window was closed. */
export const keptQueue = (state: vscode.Memento, session: SessionRef): readonly QueuedInput[] =>
  parseQueue(state.get(keyOf(session)));

/** Keeps the prompts that wait in a session's panel until the window is there again; an empty queue leaves nothing. */
export async function keepQueue(
  state: vscode.Memento,
  session: SessionRef,
  queue: readonly QueuedInput[],
): Promise<void> {
  await state.update(keyOf(session), queue.length > 0 ? queue : undefined);
}

const keyOf = (session: SessionRef): string => `queue ${sessionKey(session)}`;
