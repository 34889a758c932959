/**
 * What the extension host and the chat panel's page say to each other. Types only.
 * The page says `ready`, the host answers with ONE full `state`, then sends what changed.
 * The page keeps view state only (scroll, drafts, folded rows).
 */
import type { Choice, PermissionRequest, PlanEntry, SlashCommand } from './core/liveAgent.ts';
import type { Attachment, Message, MessageId, Problem, SessionRef } from './core/model.ts';

/** A session as a link: where it leads and what it says. */
export interface SessionLink {
  readonly session: SessionRef;
  readonly title: string;
}

/** What stands at the fork point, between the last inherited and the first own message. */
export interface Divider {
  readonly kind: 'fork' | 'rewound';
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

/** Everything the page draws of one session, with the last messages only. */
export interface PanelState {
  readonly session: SessionRef;
  readonly title: string;
  readonly agentName: string;
  /** From the root to the parent; this session is not in it. */
  readonly path: readonly SessionLink[];
  readonly inherited: number;
  readonly total: number;
  /** Index (from 0) of `messages[0]` in the session. */
  readonly first: number;
  readonly messages: readonly Message[];
  readonly divider?: Divider;
  /** How many forks start after each message, by message id; absent means none. */
  readonly forksAt: Readonly<Record<string, readonly SessionLink[]>>;
  readonly canFork: boolean;
  /** Where the agent allows a fork: after any finished reply, or only where a turn ends. */
  readonly forkAt: 'turn' | 'reply';
  readonly problem?: Problem;
  readonly live: LiveState;
  readonly composer: ComposerState;
  /** Translations by their English text, from VS Code's own bundle. */
  readonly strings: Readonly<Record<string, string>>;
}

/** The part that changes while the agent works. */
export interface LiveState {
  readonly status: 'none' | 'starting' | 'idle' | 'working' | 'waiting' | 'stopping';
  /** When the running turn began, ms since 1970. */
  readonly since?: number;
  /** The turn that runs: its prompt and its reply so far; not in the store yet. */
  readonly turn: readonly Message[];
  readonly plan: readonly PlanEntry[];
  readonly permission?: PermissionRequest;
  readonly notice?: Notice;
  readonly context?: { readonly used: number; readonly size: number };
}

export interface ComposerState {
  /** False for a rewound branch or an agent that cannot be carried on: the composer says why. */
  readonly enabled: boolean;
  readonly reason?: string;
  /** Text to put into the composer (from Edit & fork), with the line that stands above it. */
  readonly draft?: {
    readonly text: string;
    readonly attachments: readonly Attachment[];
    readonly note: string;
  };
  readonly modes: readonly Choice[];
  readonly mode?: string;
  readonly models: readonly Choice[];
  readonly model?: string;
  readonly commands: readonly SlashCommand[];
  readonly queue: readonly string[];
}

/** One clear message with at most three things to do. `command` is a shell line to show and copy. */
export interface Notice {
  readonly kind: 'info' | 'warning' | 'error';
  readonly title: string;
  readonly text: string;
  readonly command?: string;
  readonly actions: readonly { readonly id: string; readonly label: string }[];
}

export type ToPage =
  | { readonly type: 'state'; readonly state: PanelState }
  | { readonly type: 'live'; readonly live: LiveState }
  | { readonly type: 'composer'; readonly composer: ComposerState }
  | { readonly type: 'page'; readonly first: number; readonly messages: readonly Message[] }
  | { readonly type: 'reveal'; readonly message: MessageId };

export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'load'; readonly from: number; readonly to: number }
  | { readonly type: 'prompt'; readonly text: string; readonly attachments: readonly Attachment[] }
  | { readonly type: 'stop' }
  | { readonly type: 'permission'; readonly request: string; readonly option: string }
  | { readonly type: 'forkAfter'; readonly message: MessageId }
  | { readonly type: 'forkBefore'; readonly message: MessageId }
  | { readonly type: 'fork' }
  | { readonly type: 'open'; readonly session: SessionRef; readonly message?: number }
  | { readonly type: 'showInTree' }
  | { readonly type: 'showTranscript'; readonly message?: MessageId }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'openFile'; readonly path: string }
  | { readonly type: 'openLink'; readonly url: string }
  | { readonly type: 'action'; readonly id: string }
  | { readonly type: 'setMode'; readonly id: string }
  | { readonly type: 'setModel'; readonly id: string }
  | { readonly type: 'menu' };
