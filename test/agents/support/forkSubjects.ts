import type { ResumeCommand } from '../../../src/core/store.ts';
import { claudeCode } from '../../../src/stores/claudeCode/index.ts';
import type { StoreFactory } from '../../../src/stores/index.ts';
import { qwenCode } from '../../../src/stores/qwenCode/index.ts';
import { type AcpProgram, acpAgent } from './acpClient.ts';
import type { AgentHome, AgentName } from './agentHome.ts';
import { callClaudeSdk } from './claudeSdk.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from './json.ts';
import { runClaude, runQwen, type TurnResult } from './run.ts';
import {
  compactClaude,
  compactQwen,
  forkWithClaudeSdk,
  makeClaudeSource,
  makeQwenSource,
  recordsOf,
  rewindClaude,
  rewindQwen,
  type Source,
} from './sources.ts';
import { type ModelRequest, rawMessagesOf, writtenMessagesOf } from './stubModel.ts';

/** An agent whose forks are proven: its store, its programs, and how its sessions are made and read. */
export interface ForkSubject {
  readonly agent: AgentName;
  readonly factory: StoreFactory;
  readonly acp: AcpProgram;
  say(home: AgentHome, prompt: string, session: string): Promise<TurnResult>;
  /** Asks by the program and the arguments with which the store says a session is resumed in a terminal. */
  resume(home: AgentHome, prompt: string, by: ResumeCommand): Promise<TurnResult>;
  /** The name by which `resume` starts the program. */
  readonly command: string;
  source(home: AgentHome, prompts: readonly string[]): Promise<Source>;
  rewind(home: AgentHome, source: Source, index: number, prompt: string): Promise<Source>;
  compact(home: AgentHome, source: Source): Promise<Source>;
  /** Messages that `compact` adds, as the store counts them: a question worth compressing, and the command. */
  readonly compactionAdds: number;
  /** How many messages stand before the compaction of two turns, and what the model is told of a fork after them. */
  readonly atCompaction: { readonly keeps: number; readonly tells: 'messages' | 'summary' };
  /**
   * What the model was told, each message as JSON text. Claude Code: every message whole, its own context too, without
   * caching marks (a mark turns a plain string into a text block, so a string counts as one). Qwen Code: every message
   * but its own context (system prompt, date, skills), which it never stores and tells anew in each run, in other
   * words on the command line than over ACP.
   */
  messagesOf(request: ModelRequest): readonly string[];
  /** Title of each session by its id, as the agent itself lists them. */
  titles(home: AgentHome): Promise<ReadonlyMap<string, string>>;
  /** Where the agent puts words of its own between results of tools and a new prompt, in its own forks as in ours. */
  readonly afterResults?: {
    /** The message that it puts there, as JSON text. */
    readonly note: string;
    /** Makes the agent's own fork after the last tool result in the turn of `prompt`; gives its id. */
    fork(home: AgentHome, source: Source, prompt: string): Promise<string>;
  };
}

const hasResult = ({ message }: JsonObject): boolean =>
  objectsOf(objectOf(message).content).some(({ type }) => type === 'tool_result');

/** The SDK's fork after the last tool result that came before the reply to `prompt`. */
async function forkClaudeAfterResults(home: AgentHome, source: Source, prompt: string): Promise<string> {
  const records = await recordsOf(source.file);
  const reply = records.findIndex(
    (record) => record.type === 'assistant' && JSON.stringify(record).includes(`Reply to: ${prompt}`),
  );
  const last = records.slice(0, reply).findLast(hasResult);
  return forkWithClaudeSdk(home, source, { upToMessageId: textOf(last?.uuid) });
}

export const forkSubjects: readonly ForkSubject[] = [
  {
    agent: 'claude-code',
    factory: claudeCode,
    acp: 'claude-agent-acp',
    say: (home, prompt, session) => runClaude(home, [prompt, '--resume', session]),
    command: 'claude',
    resume: (home, prompt, { args, cwd }) => runClaude(home, [prompt, ...args], cwd ? { cwd } : {}),
    source: makeClaudeSource,
    rewind: rewindClaude,
    compact: compactClaude,
    compactionAdds: 0,
    // It keeps the last reply as it is behind the summary (2.1.329), and a fork after that reply goes on from there.
    atCompaction: { keeps: 4, tells: 'summary' },
    messagesOf: rawMessagesOf,
    titles: async (home) => {
      const sessions = objectsOf(await callClaudeSdk(home, 'listSessions', { dir: home.project }));
      return new Map(sessions.map(({ sessionId: id, summary }) => [textOf(id), textOf(summary)]));
    },
    // Seen in 2.1.329, whoever made the fork.
    afterResults: {
      note: '{"role":"assistant","content":[{"type":"text","text":"No response requested."}]}',
      fork: forkClaudeAfterResults,
    },
  },
  {
    agent: 'qwen-code',
    factory: qwenCode,
    acp: 'qwen-code',
    say: (home, prompt, session) => runQwen(home, prompt, ['--resume', session]),
    command: 'qwen',
    resume: (home, prompt, { args, cwd }) => runQwen(home, prompt, args, cwd ? { cwd } : {}),
    source: makeQwenSource,
    rewind: rewindQwen,
    compact: compactQwen,
    compactionAdds: 3,
    atCompaction: { keeps: 6, tells: 'messages' },
    messagesOf: writtenMessagesOf,
    titles: async (home) => {
      await using agent = await acpAgent('qwen-code', home);
      const sessions = await agent.listSessions();
      return new Map(sessions.map(({ sessionId: id, title }) => [id, title ?? '']));
    },
  },
];
