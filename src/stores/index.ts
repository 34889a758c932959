import type { AgentId } from '../core/model.ts';
import type { SessionStore } from '../core/store.ts';
import { claudeCode } from './claudeCode/index.ts';
import { codex } from './codex/index.ts';
import { geminiCli } from './geminiCli/index.ts';
import { goose } from './goose/index.ts';
import { moltis } from './moltis/index.ts';
import { opencode } from './opencode/index.ts';
import { pi } from './pi/index.ts';
import { qwenCode } from './qwenCode/index.ts';

/** What a store needs to know of the machine. Read once when the stores are made. */
export interface StoreEnvironment {
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The person's settings: a folder in place of the agent's own, by agent id. */
  readonly folders: Readonly<Record<string, string | undefined>>;
  /** The person's settings: a program in place of the agent's own, by agent id. */
  readonly commands?: Readonly<Record<string, string | undefined>>;
  /** Asked before a store starts a program; throws where none may be started, as in an untrusted workspace. */
  readonly allowStart?: () => void | Promise<void>;
  /** Put before the agent's id, to keep sample sessions apart from the person's own. */
  readonly idPrefix?: string;
  /** What the person set for an agent's own server: its address, and a key from the secret storage; asked at each use. */
  readonly access?: (agent: AgentId) => Promise<{ readonly url?: string; readonly key?: string }>;
}

/** Makes one agent's store. */
export type StoreFactory = (environment: StoreEnvironment) => SessionStore;

/** THE list of agents. To add one: its file, and a line here. */
export const storeFactories: readonly StoreFactory[] = [
  claudeCode,
  qwenCode,
  codex,
  opencode,
  goose,
  geminiCli,
  pi,
  moltis,
];
