import type {
  AgentId,
  Message,
  MessageRange,
  Problem,
  SessionId,
  SessionInfo,
  Transcript,
} from '../../core/model.ts';
import type { ForkCut, ForkWay } from '../../core/store.ts';
import type { Batch } from './batches.ts';

/** What the worker needs to make its stores; functions of the environment are called over the line. */
export interface WorkerStart {
  readonly environments: readonly PlainEnvironment[];
  /** The agents whose stores are used. */
  readonly agents: readonly AgentId[];
  /** Where the lists of sessions are kept, and the version of the program that writes them. */
  readonly lists: string;
  readonly version: string;
}

export interface PlainEnvironment {
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly folders: Readonly<Record<string, string | undefined>>;
  readonly commands?: Readonly<Record<string, string | undefined>>;
  readonly idPrefix?: string;
}

/** What changed in an agent's list since the host had it as it was at `version`; `whole`: all that there is. */
export interface ListChange {
  readonly version: number;
  readonly whole: boolean;
  readonly gone: readonly SessionId[];
  readonly touched: Batch<SessionInfo>;
  readonly problems: readonly Problem[];
}

export interface BatchedTranscript extends Omit<Transcript, 'messages'> {
  readonly messages: Batch<Message>;
}

/** What the worker does for the host. `since` is the version of the list that the host has, 0 for none. */
export interface StoreCalls {
  list(agent: AgentId, since: number): ListChange;
  relist(agent: AgentId, since: number, changed: readonly string[]): ListChange | undefined;
  read(
    agent: AgentId,
    id: SessionId,
    range: MessageRange | undefined,
    detail: 'outline' | undefined,
  ): BatchedTranscript;
  /** The next batch of an answer that was too long for one. */
  moreSessions(rest: number): Batch<SessionInfo>;
  moreMessages(rest: number): Batch<Message>;
  fork(agent: AgentId, source: SessionId, cut: ForkCut, title: string, caller: number): SessionId;
  pathOf(agent: AgentId, id: SessionId): string | undefined;
  rename(agent: AgentId, id: SessionId, title: string): void;
  remove(agent: AgentId, id: SessionId): void;
  archive(agent: AgentId, id: SessionId, archived: boolean): void;
  /** Gives the number of the protection. */
  protect(agent: AgentId, id: SessionId): number;
  check(protection: number): 'intact' | 'restored';
  endProtection(protection: number): 'intact' | 'restored';
}

/** What the host does for the worker. */
export interface HostCalls {
  allowStart(): void;
  access(agent: AgentId): { readonly url?: string; readonly key?: string };
  /** The fork of this caller is written this way. */
  tellWay(caller: number, way: ForkWay): void;
}
