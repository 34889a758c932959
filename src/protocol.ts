/**
 * What the extension host and the chat panel's page say to each other. Types only.
 * The page says `ready`, the host answers with ONE full `state`, then sends what changed.
 * The page keeps view state only (scroll, drafts, folded rows).
 */
import type { Choice, PermissionRequest, PlanEntry, SlashCommand } from './core/liveAgent.ts';
import type { Attachment, Message, MessageId, Problem, SessionRef } from './core/model.ts';

// The page may import this file only, so it finds the words of core here.
export type {
  Choice,
  PermissionOption,
  PermissionRequest,
  PlanEntry,
  SlashCommand,
} from './core/liveAgent.ts';
export type {
  Attachment,
  FileEdit,
  Message,
  MessageId,
  Problem,
  Prompt,
  Reply,
  ReplyPart,
  SessionRef,
  TextPart,
  ThinkingPart,
  ToolCall,
} from './core/model.ts';

/** A session as a link: where it leads and what it says. */
export interface SessionLink {
  readonly session: SessionRef;
  readonly title: string;
}

/** What stands at the fork point, between the last inherited and the first own message. */
export interface Divider {
  /** Of a subagent's run it says who started it. */
  readonly kind: 'fork' | 'rewound' | 'subagent';
  readonly messages: number;
  readonly how: 'recorded' | 'inferred';
  /** Absent when the parent is deleted. */
  readonly parent?: SessionLink;
  /** Forks of the same parent at the same message, this one among them; fewer than 2: no walker. */
  readonly siblings: readonly SessionLink[];
  /** Index (from 0) of this session in `siblings`. */
  readonly position: number;
  /** The open turn of a running source that was left out: message numbers from 1, inclusive. */
  readonly leftOut?: { readonly from: number; readonly to: number };
}

/** One row of the tree map: all sessions that descend from the same root, in the tree's order. */
export interface MapRow {
  readonly link: SessionLink;
  /** 0 for the root. */
  readonly depth: number;
  readonly kind: 'root' | 'fork' | 'rewound' | 'subagent';
  /** Messages kept; for the root all it has. */
  readonly messages: number;
  readonly live: boolean;
}

/** Everything the page draws of one session, with the last messages only. */
export interface PanelState {
  readonly session: SessionRef;
  readonly title: string;
  readonly agentName: string;
  /** The session's folder: paths below it are shown without it. */
  readonly folder?: string;
  /** The session's agent runs, here or in another program. */
  readonly running: boolean;
  /** From the root to the parent; this session is not in it. */
  readonly path: readonly SessionLink[];
  readonly map: readonly MapRow[];
  readonly inherited: number;
  readonly total: number;
  /** Index (from 0) of `messages[0]` in the session. */
  readonly first: number;
  readonly messages: readonly Message[];
  readonly divider?: Divider;
  /** The forks that kept so many messages, by that number; absent means none. */
  readonly forksAt: Readonly<Record<string, readonly SessionLink[]>>;
  readonly canFork: boolean;
  /** Where the agent allows a fork: after any finished reply, or only where a turn ends. */
  readonly forkAt: 'turn' | 'reply';
  /** A fork that keeps no message can be made. */
  readonly emptyFork: boolean;
  /** A fork is being made: the verbs wait. */
  readonly forking: boolean;
  readonly problem?: Problem;
  readonly live: LiveState;
  readonly composer: ComposerState;
  readonly aside?: Aside;
  /** Translations by their English text, from VS Code's own bundle. */
  readonly strings: Readonly<Record<string, string>>;
}

/** The part that changes while the agent works. */
export interface LiveState {
  readonly status: 'none' | 'starting' | 'idle' | 'working' | 'waiting' | 'stopping';
  /** When the running turn began, ms since 1970. */
  readonly since?: number;
  /** The person stopped the last turn. */
  readonly stopped?: boolean;
  /** The turn that runs: its prompt and its replies so far; not in the store yet. */
  readonly turn: readonly Message[];
  readonly plan: readonly PlanEntry[];
  readonly permission?: PermissionRequest;
  readonly notice?: Notice;
  readonly context?: { readonly used: number; readonly size: number };
}

export interface ComposerState {
  /** False for a rewound branch, what can only be read, or an agent that cannot be carried on: the composer says why. */
  readonly enabled: boolean;
  readonly reason?: string;
  /** Text to put into the composer (from Edit & fork), with the line that stands above it. */
  readonly draft?: Draft;
  readonly modes: readonly Choice[];
  readonly mode?: string;
  readonly models: readonly Choice[];
  readonly model?: string;
  readonly commands: readonly SlashCommand[];
  /** Whether the agent takes images; absent until it has been started. */
  readonly images?: boolean;
  /** A question can be asked on the side: the session can be forked, carried on, and the fork deleted again. */
  readonly side?: boolean;
  readonly queue: readonly QueuedPrompt[];
}

/** A prompt that is not sent yet: it comes after the turns before it, or when the person says so. */
export interface QueuedPrompt {
  /** Names the prompt while it waits. */
  readonly number: number;
  readonly text: string;
  /** How many files and images come with it. */
  readonly attachments: number;
  /** A fork is made before it is sent. */
  readonly checkpoint: boolean;
  /** After a stop, a failure or a reload it waits for the person. */
  readonly waits: boolean;
}

/** A question asked in a throw-away fork, and what has been answered so far. */
export interface Aside {
  readonly question: string;
  readonly status: 'forking' | 'working' | 'done' | 'failed';
  /** Markdown. */
  readonly answer: string;
  /** Why it failed, or what the agent was not allowed to do, as sentences. */
  readonly remark?: string;
}

/** A file, or the lines selected in it, that can be mentioned in a prompt. */
export interface Mention {
  /** What stands in the prompt, e.g. `@src/login.ts#L3-9`. */
  readonly text: string;
  readonly label: string;
  readonly kind: 'file' | 'selection';
}

export interface Draft {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly note: string;
}

/**
 * One clear message with at most three things to do. `command` is a shell line to show and copy, `choices` are the
 * agent's own ways to sign in.
 */
export interface Notice {
  readonly kind: 'warning' | 'error';
  /** The codicon's name. */
  readonly icon: string;
  readonly title: string;
  readonly text: string;
  readonly command?: string;
  readonly choices?: readonly Choice[];
  /** The first one is the primary one. */
  readonly actions: readonly { readonly id: NoticeAction; readonly label: string }[];
}

export type NoticeAction =
  | 'checkAgain'
  | 'dismiss'
  | 'endIdle'
  | 'forkForModel'
  | 'installInTerminal'
  | 'manageTrust'
  | 'resumeInTerminal'
  | 'retry'
  | 'setKey'
  | 'setLimit'
  | 'setPath'
  | 'showLog'
  | 'startAgain'
  | 'takeOffer';

/** What the header's menu does with the whole session. */
export type PanelCommand = 'copyResumeCommand' | 'rename' | 'resumeInTerminal' | 'showInTree' | 'showLog';

/** One place where a session holds what was looked for. */
export interface Hit {
  /** Index (from 0) of the message in the session. */
  readonly message: number;
  /** Index of the reply's part; 0 in a prompt. */
  readonly part: number;
  /** Which of the hits in that part, from 0. */
  readonly nth: number;
}

export type ToPage =
  | { readonly type: 'state'; readonly state: PanelState }
  /** `live.turn` holds only the messages from index `kept` on; those before it did not change. */
  | { readonly type: 'live'; readonly live: LiveState; readonly kept: number }
  | { readonly type: 'composer'; readonly composer: ComposerState }
  /** Without `aside` it is closed. */
  | { readonly type: 'aside'; readonly aside?: Aside }
  /** What can be mentioned; answers `findMentions` with the same `query`. */
  | { readonly type: 'mentions'; readonly query: string; readonly mentions: readonly Mention[] }
  | { readonly type: 'forking'; readonly forking: boolean }
  | { readonly type: 'page'; readonly first: number; readonly messages: readonly Message[] }
  /**
   * Shows the message at this index (from 0), and gives it the focus; with `top` the fork point that follows it has the
   * focus and stands so many px below the log's top.
   */
  | { readonly type: 'reveal'; readonly index: number; readonly top?: number }
  /** The answer to the last `find`. `more`: there are more hits than are told. */
  | { readonly type: 'found'; readonly text: string; readonly hits: readonly Hit[]; readonly more: boolean }
  /** Adds to what stands in the composer: picked files, a queued prompt taken back (`checkpoint`: it waited with one). */
  | {
      readonly type: 'compose';
      readonly text: string;
      readonly attachments: readonly Attachment[];
      readonly checkpoint?: boolean;
    };

export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'load'; readonly from: number; readonly to: number }
  /** Looks through all messages, not only those that the page holds. */
  | { readonly type: 'find'; readonly text: string; readonly matchCase: boolean }
  /** Asks the person for one of all prompts to show. */
  | { readonly type: 'outline' }
  /** Shows the next prompt after the message at `from` (from 0), or the one before it. */
  | { readonly type: 'seekPrompt'; readonly from: number; readonly back: boolean }
  /** With `checkpoint` the session is forked before the prompt is sent in it. */
  | {
      readonly type: 'prompt';
      readonly text: string;
      readonly attachments: readonly Attachment[];
      readonly checkpoint?: boolean;
    }
  | { readonly type: 'askAside'; readonly text: string; readonly attachments: readonly Attachment[] }
  | { readonly type: 'closeAside' }
  | { readonly type: 'stop' }
  /** Starts the agent, that it may tell its modes and models; nothing is sent to it. */
  | { readonly type: 'start' }
  | { readonly type: 'editQueued'; readonly number: number }
  | { readonly type: 'dropQueued'; readonly number: number }
  | { readonly type: 'sendQueued'; readonly number: number }
  /** Goes on with what waits in the queue. */
  | { readonly type: 'sendQueue' }
  | { readonly type: 'permission'; readonly request: string; readonly option: string }
  | { readonly type: 'forkAfter'; readonly message: MessageId }
  | { readonly type: 'forkBefore'; readonly message: MessageId }
  | { readonly type: 'fork'; readonly title?: string }
  /** `message` is a number from 1; `top` is the place of the fork point that follows it, to be kept (see `reveal`). */
  | {
      readonly type: 'open';
      readonly session: SessionRef;
      readonly message?: number;
      readonly top?: number;
    }
  | { readonly type: 'showTranscript'; readonly message?: MessageId }
  /** Shows the session's own file at a line, from 1. */
  | { readonly type: 'showLine'; readonly line: number }
  | { readonly type: 'openDiff'; readonly message: MessageId; readonly tool: string; readonly edit: number }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'insert'; readonly text: string }
  | { readonly type: 'openFile'; readonly path: string }
  | { readonly type: 'openLink'; readonly url: string }
  | { readonly type: 'attach' }
  /** Files dropped on the composer, as URIs. */
  | { readonly type: 'attachFiles'; readonly uris: readonly string[] }
  | { readonly type: 'findMentions'; readonly query: string }
  | { readonly type: 'action'; readonly id: NoticeAction }
  /** Signs in by the agent's own way with this id. */
  | { readonly type: 'signIn'; readonly method: string }
  | { readonly type: 'command'; readonly id: PanelCommand }
  | { readonly type: 'setMode'; readonly id: string }
  | { readonly type: 'setModel'; readonly id: string };
