import type { SessionForksError } from './errors.ts';
import type { Disposable } from './events.ts';
import type {
  AgentId,
  Attachment,
  FileEdit,
  SessionId,
  SessionRef,
  TokenUsage,
  ToolAction,
} from './model.ts';

/** One choice that the agent offers: a mode, a model, a way to sign in. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
}

export interface SlashCommand {
  readonly name: string;
  readonly description: string;
  readonly hint?: string;
}

/** What the agent tells while a turn runs. Text arrives in pieces; a tool call is told again as it changes. */
export type LiveUpdate =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'tool'; readonly call: LiveToolCall }
  | { readonly kind: 'plan'; readonly entries: readonly PlanEntry[] }
  | { readonly kind: 'usage'; readonly used: number; readonly size: number }
  | { readonly kind: 'tokens'; readonly usage: TokenUsage }
  | { readonly kind: 'options'; readonly options: SessionOptions }
  /** The session came up in `from`, which asks for nothing; it was lowered to `to` before anything was sent. */
  | { readonly kind: 'lowered'; readonly from: Choice; readonly to: Choice }
  /** What the person should know and no message says, as one sentence. */
  | { readonly kind: 'note'; readonly text: string };

/** A tool call as far as it is known; fields that are absent keep their last value. */
export interface LiveToolCall {
  readonly id: string;
  readonly name?: string;
  readonly action?: ToolAction;
  readonly target?: string;
  readonly input?: string;
  readonly output?: string;
  readonly status?: 'running' | 'done' | 'failed';
  readonly edits?: readonly FileEdit[];
}

export interface PlanEntry {
  readonly text: string;
  readonly status: 'pending' | 'running' | 'done';
}

/** What the person may choose from, as the agent names it. */
export interface SessionOptions {
  readonly modes: readonly Choice[];
  readonly mode?: string;
  readonly models: readonly Choice[];
  readonly model?: string;
  readonly commands: readonly SlashCommand[];
  /** The agent takes images in prompts. */
  readonly images: boolean;
}

export interface PermissionOption {
  readonly id: string;
  readonly name: string;
  readonly kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always';
}

export interface PermissionRequest {
  readonly id: string;
  readonly call: LiveToolCall;
  readonly options: readonly PermissionOption[];
}

/** The chosen option's id, or `cancelled` when the turn was stopped. */
export type PermissionAnswer = { readonly option: string } | 'cancelled';

export type TurnEnd = 'done' | 'stopped' | 'refused' | 'limit';

/** How a conversation reaches its panel. All calls come in the order that the agent sent them. */
export interface ConversationObserver {
  update(update: LiveUpdate): void;
  permission(request: PermissionRequest): Promise<PermissionAnswer>;
  /** The process or connection is gone; with `error` when nobody asked for it. Called once. */
  ended(error?: SessionForksError): void;
}

export interface PromptInput {
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

/** One running session. One process or connection serves exactly one session. */
export interface Conversation {
  readonly session: SessionRef;
  options(): SessionOptions;
  /** Resolves when the turn is over. Throws `agent_ended`, `sign_in_needed` or what the agent said. */
  prompt(input: PromptInput): Promise<TurnEnd>;
  /** Asks the agent to stop the turn; open permissions are answered `cancelled`. */
  cancel(): Promise<void>;
  setMode(id: string): Promise<void>;
  setModel(id: string): Promise<void>;
  /** Ends the process: stdin first, then by signal. Resolves when it is gone. */
  close(): Promise<void>;
}

/** The session to carry on. Without `id` the agent begins a new one. */
export interface LiveSession {
  readonly agent: AgentId;
  readonly id?: SessionId;
  /** Absolute path of the folder that the session belongs to. */
  readonly cwd: string;
  /** The id of the agent's own way to sign in that the person chose: done before the session is opened. */
  readonly signIn?: string;
}

/** THE contract to carry an agent's sessions on. */
export interface LiveAgent {
  readonly agent: AgentId;
  /** Starts or attaches, without replaying history. Throws `agent_missing`, `sign_in_needed`, `no_such_session`, `agent_ended`. */
  open(session: LiveSession, observer: ConversationObserver, signal?: AbortSignal): Promise<Conversation>;
  /** What to run or set when the program is missing. */
  readonly install: InstallAdvice;
}

export interface InstallAdvice {
  /** A shell line a person may run in a terminal, e.g. `npm install -g …`. */
  readonly command: string;
  /** The setting that holds the program's path, or its server's address. */
  readonly setting: string;
  /** The program is there, but its server has to be started: `command` does it. */
  readonly server?: true;
}

/** Receives the agents' own log lines (stderr). */
export interface AgentLog extends Disposable {
  line(agent: AgentId, text: string): void;
}
