// The API of the extension session-forks.session-forks, version 1. Copy this file into your extension.
import type { Event } from 'vscode';

export interface Session {
  /** The coding agent: claude-code, qwen-code, codex, opencode, goose, gemini-cli, pi or moltis. */
  readonly agent: string;
  /** The agent's own id of the session. */
  readonly id: string;
}

export interface ForkRequest {
  readonly source: Session;
  /** After a reply, before a prompt, so many messages from the start, or all finished turns, which is the default. */
  readonly point?:
    | { readonly after: string }
    | { readonly before: string }
    | { readonly keep: number }
    | 'end';
  /** Kept as given; without one, the source's title with a number. */
  readonly title?: string;
  /** What to do while the source's agent works: `lastFinishedTurn` is the default. */
  readonly whenBusy?: 'lastFinishedTurn' | 'wait' | 'refuse';
  readonly signal?: AbortSignal;
}

export interface ForkResult {
  readonly session: Session;
  readonly title: string;
  readonly forkedFrom: { readonly session: Session; readonly title: string };
  /** How many messages the fork kept. */
  readonly messages: number;
  /** The prompt to edit and send again, for a fork before a prompt. */
  readonly draft?: { readonly id: string; readonly text: string };
  /** Numbers (from 1, inclusive) of messages that stayed behind because their turn is not finished. */
  readonly leftOut?: { readonly from: number; readonly to: number };
  readonly inherited: readonly string[];
  readonly notInherited: readonly string[];
}

/** Times are milliseconds since 1970. */
export interface SessionInfo {
  readonly ref: Session;
  readonly title: string;
  readonly preview: string;
  readonly cwd?: string;
  readonly created: number;
  readonly updated: number;
  readonly messageCount: number;
  /** `messages` is how many the fork kept; `how` is whether the parent was written down or inferred. */
  readonly lineage?: {
    readonly parent: Session;
    /** The run of a `subagent` can only be read. */
    readonly kind: 'fork' | 'rewound' | 'subagent';
    readonly messages: number;
    readonly how: 'recorded' | 'inferred';
  };
  readonly live?: 'idle' | 'busy' | 'waiting';
  readonly archived?: boolean;
}

export interface ForkEvent {
  readonly source: Session;
  readonly child: Session;
  readonly title: string;
  /** How many messages the fork kept. */
  readonly forkPoint: number;
  /** Who asked; `outside` is another program. */
  readonly origin: 'command' | 'tree' | 'lens' | 'panel' | 'uri' | 'tool' | 'mcp' | 'api' | 'outside';
}

/** Every rejection is an error with a `code`; docs/programs.md lists them. */
export interface SessionForksApi {
  readonly version: 1;
  /** Forks without any dialog and opens nothing. */
  forkSession(request: ForkRequest): Promise<ForkResult>;
  /** All sessions as they are stored now, newest first; of one agent, of one folder and those below it. */
  listSessions(filter?: { readonly agent?: string; readonly cwd?: string }): Promise<readonly SessionInfo[]>;
  /** Opens the session's chat panel, at a message if one is named. */
  openSession(session: Session, options?: { readonly message?: string }): Promise<void>;
  /** Fires once per fork, also for forks that other programs made, from the first use of Session Forks on. */
  readonly onDidFork: Event<ForkEvent>;
}
