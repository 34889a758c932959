/**
 * A compact notation for sample sessions. One `ask` and one `say` or `work` are one message each, counted as everywhere:
 * a reply is ONE model response, so a turn with tool calls has at least two replies.
 */
export type SampleAgent = 'claude-code' | 'qwen-code';

export interface SamplePrompt {
  readonly kind: 'prompt';
  readonly text: string;
}

export interface SampleReply {
  readonly kind: 'reply';
  readonly thinking?: string;
  readonly text?: string;
  readonly tools: readonly SampleTool[];
}

export type SampleMessage = SamplePrompt | SampleReply;

/** What a tool was asked, and what came back. Paths are relative to the session's folder. */
export type SampleTool =
  | { readonly kind: 'read'; readonly path: string; readonly output: string }
  | { readonly kind: 'edit'; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'run'; readonly command: string; readonly output: string; readonly failed?: boolean }
  | { readonly kind: 'search'; readonly query: string; readonly output: string };

export interface SampleSession {
  /** Its name among the samples; the session's id is made from it. */
  readonly key: string;
  readonly agent: SampleAgent;
  readonly title: string;
  /** When it was last used. */
  readonly minutesAgo: number;
  /** Another folder, made among the samples; absent: the workspace itself. */
  readonly folder?: string;
  /** The session it began as a copy of, and how many messages it kept. */
  readonly fork?: { readonly of: string; readonly keeps: number };
  /** Its own messages. */
  readonly messages: readonly SampleMessage[];
  /** A branch left by a rewind: it keeps this many messages of the session and goes on with its own. */
  readonly rewound?: { readonly keeps: number; readonly messages: readonly SampleMessage[] };
  /** One more reply, whose line breaks off in the middle: the file is damaged. */
  readonly breaksOff?: string;
  /** Not written: a deleted session that others were forked from. */
  readonly deleted?: boolean;
}

export const ask = (text: string): SamplePrompt => ({ kind: 'prompt', text });

/** A reply that ends its turn. */
export const say = (text: string, thinking?: string): SampleReply => ({
  kind: 'reply',
  text,
  tools: [],
  ...(thinking === undefined ? {} : { thinking }),
});

/** A reply that calls tools; the turn goes on after it. */
export const work = (
  tools: readonly SampleTool[],
  said: { readonly thinking?: string; readonly text?: string } = {},
): SampleReply => ({ kind: 'reply', tools, ...said });

export const read = (path: string, output: string): SampleTool => ({ kind: 'read', path, output });
export const edit = (path: string, before: string, after: string): SampleTool => ({
  kind: 'edit',
  path,
  before,
  after,
});
export const write = (path: string, text: string): SampleTool => ({ kind: 'write', path, text });
export const run = (command: string, output: string): SampleTool => ({ kind: 'run', command, output });
export const fail = (command: string, output: string): SampleTool => ({
  kind: 'run',
  command,
  output,
  failed: true,
});
export const search = (query: string, output: string): SampleTool => ({ kind: 'search', query, output });
