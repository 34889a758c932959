import { setImmediate } from 'node:timers/promises';
import { SessionForksError } from '../../core/errors.ts';
import { type AgentId, type SessionId, type SessionInfo, standsAlone } from '../../core/model.ts';
import type { ForkWay, Protection, SessionStore } from '../../core/store.ts';
import { allOf } from './batches.ts';
import type { HostCalls, ListChange, StoreCalls } from './calls.ts';
import type { Line } from './line.ts';

/** Why calls fail that the worker did not answer before it ended. */
export const gone = new Error('The thread that reads sessions has ended.');

/** The way to the worker. */
export interface WorkerLine {
  /** Does `work` with the worker. Without one, or when it ends before the work is done: `otherwise`. */
  run<Result>(
    work: (line: Line<StoreCalls, HostCalls>) => Promise<Result>,
    otherwise: () => Promise<Result>,
  ): Promise<Result>;
  /** Notes who is to be told by which way a fork is written, while `work` runs. */
  withCaller<Result>(
    tellWay: ((way: ForkWay) => void) | undefined,
    work: (caller: number) => Promise<Result>,
  ): Promise<Result>;
}

/** What the worker told of one agent's list. */
class KnownList {
  #byId = new Map<SessionId, SessionInfo>();
  version = 0;

  get sessions(): readonly SessionInfo[] {
    return [...this.#byId.values()];
  }

  /** The session that was listed with a file: some stores know of no other way, and have not listed here. */
  sessionIn(file: string): SessionId | undefined {
    const whole = this.sessions.filter((info) => info.file?.path === file && standsAlone(info));
    return whole.length === 1 ? whole[0]?.ref.id : undefined;
  }

  take({ version, whole, gone: left }: ListChange, touched: readonly SessionInfo[]): void {
    if (whole) {
      this.#byId.clear();
    }
    for (const id of left) {
      this.#byId.delete(id);
    }
    for (const info of touched) {
      this.#byId.set(info.ref.id, info);
    }
    this.version = version;
  }
}

/** A store whose work the worker does, and `inline` once there is none. */
export function remoteStore(worker: WorkerLine, inline: SessionStore): SessionStore {
  const agent = inline.agent.id;
  const known = new KnownList();
  return {
    ...inline,
    ...listing(worker, inline, known),
    ...changing(worker, inline, agent),
    read: (id, range, detail) =>
      worker.run(
        async (line) => {
          const { messages, ...rest } = await line.call('read', [agent, id, range, detail]);
          return { ...rest, messages: await allOf(messages, (next) => line.call('moreMessages', [next])) };
        },
        () => inline.read(id, range, detail),
      ),
    fork: (source, cut, title, signal, tellWay) =>
      worker.run(
        (line) =>
          worker
            .withCaller(tellWay, (caller) => line.call('fork', [agent, source, cut, title, caller], signal))
            .catch(throwForkLost),
        () => inline.fork(source, cut, title, signal, tellWay),
      ),
    ...(inline.pathOf && {
      pathOf: (id) =>
        worker.run(
          (line) => line.call('pathOf', [agent, id]),
          async () => inline.pathOf?.(id),
        ),
    }),
    ...(inline.locate && { locate: (file) => inline.locate?.(file) ?? known.sessionIn(file) }),
  };
}

/** A fork whose worker ended may be written all the same: it is not made a second time. */
function throwForkLost(error: unknown): never {
  throw error === gone
    ? new SessionForksError('fork_failed', 'The fork was broken off. Look whether it is in the list.', gone)
    : error;
}

function listing(
  worker: WorkerLine,
  inline: SessionStore,
  known: KnownList,
): Pick<SessionStore, 'list' | 'relist'> {
  const agent = inline.agent.id;
  const take = async (line: Line<StoreCalls, HostCalls>, change: ListChange): Promise<void> => {
    known.take(change, await allOf(change.touched, (rest) => line.call('moreSessions', [rest])));
    // What is done with a long list next takes its own turn.
    await setImmediate();
  };
  return {
    list: (previous, signal) =>
      worker.run(
        async (line) => {
          const change = await line.call('list', [agent, known.version], signal);
          await take(line, change);
          return { sessions: known.sessions, problems: change.problems };
        },
        () => inline.list(previous, signal),
      ),
    ...(inline.relist && {
      relist: (previous, changed, signal) =>
        worker.run(
          async (line) => {
            const change = await line.call('relist', [agent, known.version, changed], signal);
            return change && take(line, change).then(() => known.sessions);
          },
          async () => inline.relist?.(previous, changed, signal),
        ),
    }),
  };
}

type Changing = Pick<SessionStore, 'rename' | 'remove' | 'archive' | 'protect'>;

function changing(worker: WorkerLine, inline: SessionStore, agent: AgentId): Changing {
  const { rename, remove, archive, protect } = inline;
  return {
    ...(rename && {
      rename: (id, title) =>
        worker.run(
          (line) => line.call('rename', [agent, id, title]),
          () => rename(id, title),
        ),
    }),
    ...(remove && {
      remove: (id) =>
        worker.run(
          (line) => line.call('remove', [agent, id]),
          () => remove(id),
        ),
    }),
    ...(archive && {
      archive: (id, archived) =>
        worker.run(
          (line) => line.call('archive', [agent, id, archived]),
          () => archive(id, archived),
        ),
    }),
    ...(protect && {
      protect: (id) =>
        worker.run(
          async (line) => protection(line, await line.call('protect', [agent, id])),
          () => protect(id),
        ),
    }),
  };
}

const protection = (line: Line<StoreCalls, HostCalls>, number: number): Protection => ({
  check: () => line.call('check', [number]),
  end: () => line.call('endProtection', [number]),
});
