/** The words of Session Forks as types. Times are milliseconds since 1970, sizes are bytes. */

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** Stable name of an agent, e.g. `claude-code`. Safe in settings, file names and URIs. */
export type AgentId = Brand<'AgentId'>;
/** An agent's own id of a session; a rewound branch inside a file has an id of its own. Opaque outside its store. */
export type SessionId = Brand<'SessionId'>;
/** The record id by which a store finds a message again in a fresh read. Unique within its session. */
export type MessageId = Brand<'MessageId'>;

export const agentId = (text: string): AgentId => text as AgentId;
export const sessionId = (text: string): SessionId => text as SessionId;
export const messageId = (text: string): MessageId => text as MessageId;

/** A coding agent program: its id and the name that a person reads. */
export interface Agent {
  readonly id: AgentId;
  readonly name: string;
}

/** Names one session among all agents. JSON-safe, so that one command serves tree, lens, link and panel. */
export interface SessionRef {
  readonly agent: AgentId;
  readonly id: SessionId;
}

/** One text per session, for maps and tree ids. */
export type SessionKey = Brand<'SessionKey'>;
export const sessionKey = (ref: SessionRef): SessionKey => `${ref.agent}/${ref.id}` as SessionKey;

/** Where a fork is cut: everything through a reply, everything before a prompt, or all finished turns. */
export type ForkPoint = { readonly after: MessageId } | { readonly before: MessageId } | 'end';

/** A file or image that came with a prompt. `data` is base64 when the store keeps the bytes. */
export interface Attachment {
  readonly name: string;
  readonly mimeType?: string;
  readonly data?: string;
  readonly path?: string;
}

interface MessageBase {
  readonly id: MessageId;
  readonly at?: number;
  /** 1-based lines of the session's file that hold this message, for lenses in the raw file. */
  readonly lines?: { readonly first: number; readonly last: number };
  /** The model sees a summary in place of all messages before this one. */
  readonly afterCompaction?: boolean;
}

/** What the person asked. A fork keeps everything before it ("Edit & fork from here"). */
export interface Prompt extends MessageBase {
  readonly kind: 'prompt';
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

/** ONE answer of the model with its thinking, text and tool calls (results joined in). A turn may hold several. */
export interface Reply extends MessageBase {
  readonly kind: 'reply';
  readonly parts: readonly ReplyPart[];
  readonly model?: string;
  readonly usage?: TokenUsage;
  /** All tool calls have results and the answer is whole: a fork may be cut after it. */
  readonly finished: boolean;
  /** The agent was done after this reply: the last one of a finished turn. */
  readonly endsTurn: boolean;
}

export type Message = Prompt | Reply;

export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
}

export type ReplyPart = TextPart | ThinkingPart | ToolCall;

export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
}

export interface ThinkingPart {
  readonly kind: 'thinking';
  readonly text: string;
  readonly durationMs?: number;
}

/** What a tool does, as its row says it: "Read `f`", "Edited `f`", "Ran `c`", "Searched `q`". */
export type ToolAction = 'read' | 'edit' | 'run' | 'search' | 'fetch' | 'other';

export interface ToolCall {
  readonly kind: 'tool';
  readonly id: string;
  /** The agent's own name of the tool. */
  readonly name: string;
  readonly action: ToolAction;
  /** The path, command, query or name that the row shows. */
  readonly target: string;
  /** The input as the person may read it: pretty JSON or plain text. */
  readonly input: string;
  readonly output: string;
  readonly status: 'running' | 'done' | 'failed' | 'stopped';
  readonly durationMs?: number;
  readonly edits?: readonly FileEdit[];
}

/** One change of a file: the text before and after. `before` is empty for a new file. */
export interface FileEdit {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** The file's line (from 1) where `before` begins, when the agent tells it. */
  readonly line?: number;
}

/**
 * Where a session came from. `messages` is the N of "fork@N": how many messages it kept. The parent of a subagent's
 * run is the session that started it: it mostly kept none, and can only be read.
 */
export interface Lineage {
  readonly parent: SessionRef;
  readonly kind: 'fork' | 'rewound' | 'subagent';
  readonly messages: number;
  readonly how: 'recorded' | 'inferred';
}

/** Why a session cannot be read whole. `line` is 1-based in its file; `readable` counts the messages before it. */
export interface Problem {
  readonly text: string;
  readonly line?: number;
  readonly readable?: number;
}

/**
 * The file that holds a session. `stamp` changes whenever the file does: inode, size and mtime as one text; of the sessions
 * in one database that of the first one alone. `tail` tells its store where the last messages stand in it.
 */
export interface SourceFile {
  readonly path: string;
  readonly stamp: string;
  readonly tail?: string;
}

/** What a list shows of one session. JSON-safe. */
export interface SessionInfo {
  readonly ref: SessionRef;
  readonly title: string;
  /** Whether a person or the agent named it, or the title is merely its first prompt. */
  readonly titled: boolean;
  /** Its first prompt; for a fork its first prompt AFTER the fork point, empty while there is none. */
  readonly preview: string;
  readonly cwd?: string;
  readonly created: number;
  readonly updated: number;
  readonly messageCount: number;
  readonly size: number;
  readonly file?: SourceFile;
  readonly lineage?: Lineage;
  readonly live?: 'idle' | 'busy' | 'waiting';
  readonly archived?: boolean;
  /** The agent writes this session by itself (a schedule, a channel): it can only be read. */
  readonly readOnly?: boolean;
  readonly problem?: Problem;
  /** The last turn has no end yet: a prompt without an answer, or tool calls without results. */
  readonly openTurn?: boolean;
}

/** A run that another session's agent started: shown below that session, and never a fork. */
export const isSubagentRun = ({ lineage }: Pick<SessionInfo, 'lineage'>): boolean =>
  lineage?.kind === 'subagent';

/** A session that its agent's program lists by itself: no branch left by a rewind, and no run of a subagent. */
export const standsAlone = ({ lineage }: Pick<SessionInfo, 'lineage'>): boolean =>
  lineage === undefined || lineage.kind === 'fork';

/** A stretch of a session's active chain. `first` is the index (from 0) of `messages[0]`; `total` counts all. */
export interface Transcript {
  readonly info: SessionInfo;
  readonly messages: readonly Message[];
  readonly first: number;
  readonly total: number;
}

/** Which messages to read: `from` (index from 0, inclusive) to `to` (exclusive), or the last `last`. None: all. */
export type MessageRange = { readonly from: number; readonly to: number } | { readonly last: number };
