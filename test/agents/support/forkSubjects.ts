import { claudeCode } from '../../../src/stores/claudeCode/index.ts';
import type { StoreFactory } from '../../../src/stores/index.ts';
import { qwenCode } from '../../../src/stores/qwenCode/index.ts';
import { type AcpProgram, acpAgent } from './acpClient.ts';
import type { AgentHome, AgentName } from './agentHome.ts';
import { callClaudeSdk } from './claudeSdk.ts';
import { objectsOf, textOf } from './json.ts';
import { runClaude, runQwen, type TurnResult } from './run.ts';
import {
  compactClaude,
  compactQwen,
  forkWithClaudeSdk,
  makeClaudeSource,
  makeQwenSource,
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
  source(home: AgentHome, prompts: readonly string[]): Promise<Source>;
  rewind(home: AgentHome, source: Source, index: number, prompt: string): Promise<Source>;
  compact(home: AgentHome, source: Source): Promise<Source>;
  /** Messages that a compaction adds, as the store counts them: a question worth compressing, and the command. */
  readonly compactionAdds: number;
  /**
   * What the model was told, each message as JSON text. Claude Code: every message to the byte, caching marks aside.
   * Qwen Code: every message but its own context (system prompt, date, skills), which it tells anew in each run, in
   * other words on the command line than over ACP, and never stores.
   */
  messagesOf(request: ModelRequest): readonly string[];
  /** Title of each session by its id, as the agent itself lists them. */
  titles(home: AgentHome): Promise<ReadonlyMap<string, string>>;
  /**
   * The agent's own fork after results of tools, where the agent does not go on from there with the new prompt alone:
   * Claude Code (2.1.329) first has the model say "No response requested.", in its own forks and in ours.
   */
  ownFork?(home: AgentHome, session: string, lastRecord: string): Promise<string>;
}

export const forkSubjects: readonly ForkSubject[] = [
  {
    agent: 'claude-code',
    factory: claudeCode,
    acp: 'claude-agent-acp',
    say: (home, prompt, session) => runClaude(home, [prompt, '--resume', session]),
    source: makeClaudeSource,
    rewind: rewindClaude,
    compact: compactClaude,
    compactionAdds: 0,
    messagesOf: rawMessagesOf,
    titles: async (home) => {
      const sessions = objectsOf(await callClaudeSdk(home, 'listSessions', { dir: home.project }));
      return new Map(sessions.map(({ sessionId: id, summary }) => [textOf(id), textOf(summary)]));
    },
    ownFork: (home, id, lastRecord) => forkWithClaudeSdk(home, { id }, { upToMessageId: lastRecord }),
  },
  {
    agent: 'qwen-code',
    factory: qwenCode,
    acp: 'qwen-code',
    say: (home, prompt, session) => runQwen(home, prompt, ['--resume', session]),
    source: makeQwenSource,
    rewind: rewindQwen,
    compact: compactQwen,
    compactionAdds: 3,
    messagesOf: writtenMessagesOf,
    titles: async (home) => {
      await using agent = await acpAgent('qwen-code', home);
      const sessions = await agent.listSessions();
      return new Map(sessions.map(({ sessionId: id, title }) => [id, title ?? '']));
    },
  },
];
