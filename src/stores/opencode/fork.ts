import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut } from '../../core/store.ts';
import { untilHeld } from '../common/childProcess.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { type ForkNote, removeUnfinished, withNote } from '../common/forkNotes.ts';
import { forkMetadata } from './lineage.ts';
import { type OpenedSession, openSession } from './read.ts';
import type { FullMessageRow } from './rows.ts';
import { type Ask, askServer, totalMs } from './server.ts';
import { type Shelf, unfinishedOn } from './summary.ts';

/**
 * Forks by OpenCode's own server, the one that runs if it can be asked, which leaves out the message that it is given and all behind it (1.18.33). The message
 * is looked up first, since the server copies everything for one it does not know. Throws `no_such_session`,
 * `fork_point_invalid`, `agent_missing`, `cancelled` or `fork_failed`; then no child is left behind.
 */
export async function forkSession(
  shelf: Shelf,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
): Promise<SessionId> {
  const opened = await openSession(shelf, source);
  const next = firstLeftOut(opened, cut);
  const copied = copiedRows(opened, next);
  const cwd = opened.session.directory ?? shelf.place.folder;
  const starting = untilHeld(signal);
  const work = async (ask: Ask): Promise<SessionId> => {
    starting.hold();
    await removeUnfinished(shelf, unfinishedOn(shelf), (id) => ask('DELETE', pathOf(id)));
    return withNote(shelf.place.folder, noteOf(opened, copied, title), async () => {
      const child = await makeChild(ask, source, next);
      await finishChild(ask, child, { source, next, title, count: copied.length });
      return sessionId(child);
    });
  };
  try {
    return await askServer(shelf.place, { id: source, cwd }, work, starting.signal);
  } catch (error) {
    throw error instanceof SessionForksError
      ? error
      : new SessionForksError('fork_failed', `OpenCode did not fork the session: ${errorText(error)}`, error);
  }
}

/** The id of the first message to leave out, among the taken-back ones, too; undefined to keep all. */
function firstLeftOut({ messages, rows }: OpenedSession, { keep, last, next }: ForkCut): string | undefined {
  const isThere = messages[keep - 1]?.id === last && messages[keep]?.id === next;
  if (!isThere || keep > messages.length) {
    throw new SessionForksError(
      'fork_point_invalid',
      'The session has changed since: its messages stand no longer where they stood. Nothing was forked.',
    );
  }
  return next ?? rows[messages.length]?.id;
}

const copiedRows = ({ rows }: OpenedSession, next: string | undefined): readonly FullMessageRow[] =>
  next === undefined
    ? rows
    : rows.slice(
        0,
        rows.findIndex((row) => row.id === next),
      );

/** The server writes messages and parts one by one. */
function noteOf({ session }: OpenedSession, copied: readonly FullMessageRow[], title: string): ForkNote {
  const now = Date.now();
  return {
    source: session.id,
    names: [copyTitle(session.title), title],
    after: now - 1,
    until: now + totalMs,
    keep: copied.reduce((sum, { parts }) => sum + 1 + parts, 0),
  };
}

/** What OpenCode calls a copy (1.18.33). */
function copyTitle(title: string): string {
  const [, own, number] = /^(.+) \(fork #(\d+)\)$/.exec(title) ?? [];
  return own === undefined ? `${title} (fork #1)` : `${own} (fork #${Number(number) + 1})`;
}

const pathOf = (session: string): string => `/session/${encodeURIComponent(session)}`;

async function makeChild(ask: Ask, source: string, next: string | undefined): Promise<string> {
  const body = next === undefined ? {} : { messageID: next };
  const made = await ask('POST', `${pathOf(source)}/fork`, body);
  const child = textOf(recordOf(made)?.id);
  if (child === undefined || child === source) {
    throw new Error('its server named no new session');
  }
  return child;
}

interface Wanted {
  readonly source: string;
  readonly next: string | undefined;
  readonly title: string;
  readonly count: number;
}

/** Names the child and checks what it holds; deletes it when either fails. */
async function finishChild(ask: Ask, child: string, { source, next, title, count }: Wanted): Promise<void> {
  const path = pathOf(child);
  try {
    const known = recordOf(recordOf(await ask('GET', path))?.metadata);
    await ask('PATCH', path, { title, metadata: { ...known, ...forkMetadata(child, source, next) } });
    const messages = await ask('GET', `${path}/message`);
    const copied = Array.isArray(messages) ? messages.length : 0;
    if (copied !== count) {
      throw new Error(`the child holds ${copied} messages instead of ${count}`);
    }
  } catch (error) {
    await ask('DELETE', path);
    throw error;
  }
}
