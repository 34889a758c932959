import {
  type Agent,
  isSubagentRun,
  type MessageId,
  type MessageRange,
  type Problem,
  type SessionId,
  type SessionInfo,
  type Transcript,
} from './model.ts';

/** What an agent's sessions allow. A command that cannot work is not offered. */
export interface Capabilities {
  /** The finest place for a fork: nowhere, at the end of a turn, or after any finished reply. */
  readonly forkAt: 'none' | 'turn' | 'reply';
  /** A fork that keeps no message (before the first prompt) is a session the agent can resume. */
  readonly emptyFork: boolean;
  readonly rename: boolean;
  readonly remove: boolean;
  readonly archive: boolean;
  /** Who writes a fork, when `fork` does not tell; `copy` when absent. */
  readonly forkWay?: ForkWay;
}

/** Who wrote a fork: we, by a copy of the agent's files, or the agent's own program or server. */
export type ForkWay = 'copy' | 'agent';

/** What one session allows: less than its agent does for a rewound branch, nothing for a subagent's run. */
export function sessionCapabilities(
  capabilities: Capabilities,
  info: Pick<SessionInfo, 'readOnly' | 'lineage'>,
): Capabilities {
  if (info.readOnly || isSubagentRun(info)) {
    return { forkAt: 'none', emptyFork: false, rename: false, remove: false, archive: false };
  }
  return info.lineage?.kind === 'rewound'
    ? { ...capabilities, rename: false, remove: false, archive: false }
    : capabilities;
}

/** What the fork service resolved: keep `keep` messages. `last` is the last one kept, `next` the first one left out. */
export interface ForkCut {
  readonly keep: number;
  readonly last?: MessageId;
  readonly next?: MessageId;
}

/** A folder that listing depends on. Watched with all that is below it; it need not exist yet. */
export interface WatchRoot {
  readonly path: string;
}

/** All sessions of one agent, and what could not be listed at all (a folder without permission, a locked database). */
export interface Listing {
  readonly sessions: readonly SessionInfo[];
  readonly problems: readonly Problem[];
}

/** How to go on in a terminal: an argument list, never a shell line. */
export interface ResumeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** Keeps a transcript safe while a live agent has its session open. */
export interface Protection {
  /** Call once the agent has opened the session and after each turn: puts the transcript back if it vanished. */
  check(): Promise<'intact' | 'restored'>;
  /** Call when the session is closed: checks once more and clears away what the protection needed. */
  end(): Promise<'intact' | 'restored'>;
}

/**
 * THE contract to add an agent at rest: reads and forks ONE agent's sessions as its own program stores them.
 * A source's bytes never change except by `rename`, `archive` and `remove` of that very session.
 */
export interface SessionStore {
  readonly agent: Agent;
  readonly capabilities: Capabilities;
  /** The agent's server forks its sessions or carries them on, and may want a key of the person's. */
  readonly takesServerKey?: boolean;

  watchRoots(): readonly WatchRoot[];

  /**
   * Lists every session, rewound branches inside a file included (lineage kind `rewound`), and the runs of subagents
   * that the agent keeps (kind `subagent`).
   * `previous` is an earlier answer: sessions whose `file.stamp` is unchanged are reused without a read.
   * Never throws for one bad file: a damaged session is listed as far as it can be read, with its problem.
   * An agent that keeps no parent gets its lineage from `inferLineage`.
   */
  list(previous?: readonly SessionInfo[], signal?: AbortSignal): Promise<Listing>;

  /**
   * The list after nothing but the files at `changed` changed since `previous`, which was this store's last answer:
   * no other file is looked at, and sessions in which nothing changed are given as the same objects. Undefined when
   * that does not tell the whole list, as when a folder is new; then `list` does.
   */
  relist?(
    previous: readonly SessionInfo[],
    changed: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly SessionInfo[] | undefined>;

  /**
   * Reads the active chain afresh. With `outline` the store may leave out what messages say: their ids, kinds and whether
   * replies are finished and end turns is all that is asked for. Throws `no_such_session`.
   */
  read(id: SessionId, range?: MessageRange, detail?: 'outline'): Promise<Transcript>;

  /**
   * Writes a child that holds exactly `cut.keep` messages, whole or not at all, under a new id.
   * `title` is final. A store that has two ways tells `tellWay` which one it went. Throws `no_such_session`,
   * `fork_point_invalid`, `collision`, `not_supported`, `fork_failed`.
   */
  fork(
    source: SessionId,
    cut: ForkCut,
    title: string,
    signal?: AbortSignal,
    tellWay?: (way: ForkWay) => void,
  ): Promise<SessionId>;

  /**
   * For an agent whose own program may lose a transcript that it has open: call before a live agent opens the session.
   */
  protect?(id: SessionId): Promise<Protection>;
  rename?(id: SessionId, title: string): Promise<void>;
  /** Deletes the session and its own side files; never another session. */
  remove?(id: SessionId): Promise<void>;
  /**
   * Which of `forks`, sessions that descend from this one, name tool outputs or media that `remove` deletes with it: a
   * copy keeps the paths of its source. Never rejects.
   */
  dependents?(session: SessionInfo, forks: readonly SessionInfo[]): Promise<readonly SessionId[]>;
  archive?(id: SessionId, archived: boolean): Promise<void>;

  /** The transcript of a session, also of one that was written just now: so that it alone need be listed anew. */
  pathOf?(id: SessionId): Promise<string | undefined>;
  /** The session that a file on disk holds, if the file is one of this store's transcripts. */
  locate?(file: string): SessionId | undefined;
  /** How the agent's own program resumes this session in a terminal. */
  resumeCommand?(info: SessionInfo): ResumeCommand | undefined;
}
