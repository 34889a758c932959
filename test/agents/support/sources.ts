import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AcpAgent, acpAgent } from './acpClient.ts';
import type { AgentHome } from './agentHome.ts';
import { callClaudeSdk } from './claudeSdk.ts';
import { type JsonObject, objectOf, objectsOf, parseObject, textOf } from './json.ts';
import { runClaude } from './run.ts';

/** A session that the real program wrote. */
export interface Source {
  readonly id: string;
  readonly file: string;
  /** What was asked on the branch that the agent goes on with, first to last. */
  readonly prompts: readonly string[];
}

/** Plain turns, thinking, one tool call, two parallel ones, and a plain turn to end on. */
export const sourcePrompts = [
  'First question',
  'THINK about the second question',
  'USE_TOOL for the third question',
  'USE_TWO_TOOLS for the fourth question',
  'Last question',
] as const;

/** An agent may refuse to compact a short conversation. */
const longPrompt = `A long question: ${'filler words '.repeat(4_000)}`;

async function transcriptOf(home: AgentHome, id: string): Promise<string> {
  const paths = await readdir(home.home, { recursive: true });
  const path = paths.find((candidate) => candidate.endsWith(`${id}.jsonl`));
  if (!path) throw new Error(`No transcript of ${id} below ${home.home}`);
  return join(home.home, path);
}

export async function recordsOf(file: string): Promise<JsonObject[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map(parseObject);
}

async function sourceOf(home: AgentHome, id: string, prompts: readonly string[]): Promise<Source> {
  return { id, file: await transcriptOf(home, id), prompts };
}

/** Each turn is a run of its own, as a person's session grows over days. */
export async function makeClaudeSource(
  home: AgentHome,
  prompts: readonly string[] = sourcePrompts,
): Promise<Source> {
  let id = '';
  for (const prompt of prompts) {
    const { sessionId } = await runClaude(home, id ? [prompt, '--resume', id] : [prompt]);
    id = sessionId;
  }
  return sourceOf(home, id, prompts);
}

const claudePromptOf = (record: JsonObject): string => {
  if (record.type !== 'user') return '';
  const { content } = objectOf(record.message);
  return textOf(content) || textOf(objectsOf(content)[0]?.text);
};

/** The last record of an answer before a prompt, which is where a rewind to that prompt hangs its branch. */
async function claudeReplyBefore({ file }: Source, prompt: string): Promise<string> {
  const records = await recordsOf(file);
  const at = records.findLastIndex((record) => claudePromptOf(record) === prompt);
  const reply = records.slice(0, Math.max(at, 0)).findLast(({ type }) => type === 'assistant');
  if (!reply) throw new Error(`No reply before the prompt: ${prompt}`);
  return textOf(reply.uuid);
}

/** Takes back `prompts[index]` and what follows, and asks `prompt` in its place: a sibling branch in the same file. */
export async function rewindClaude(
  home: AgentHome,
  source: Source,
  index: number,
  prompt: string,
): Promise<Source> {
  const at = await claudeReplyBefore(source, source.prompts[index] ?? '');
  await runClaude(home, [prompt, '--resume', source.id, '--resume-session-at', at]);
  return { ...source, prompts: [...source.prompts.slice(0, index), prompt] };
}

/** Summarises all that was said; the records before the summary stay in the file. */
export async function compactClaude(home: AgentHome, source: Source): Promise<Source> {
  await runClaude(home, ['/compact', '--resume', source.id]);
  return source;
}

/** The SDK's own fork. Gives the id of the fork. */
export async function forkWithClaudeSdk(
  home: AgentHome,
  { id }: Pick<Source, 'id'>,
  options: { readonly upToMessageId?: string; readonly title?: string } = {},
): Promise<string> {
  const fork = await callClaudeSdk(home, 'forkSession', id, { ...options, dir: home.project });
  return textOf(objectOf(fork).sessionId);
}

async function withQwen<T>(home: AgentHome, work: (agent: AcpAgent) => Promise<T>): Promise<T> {
  await using agent = await acpAgent('qwen-code', home);
  return await work(agent);
}

/** Over ACP, since only such turns get the checkpoints that Qwen's own branching needs. */
export function makeQwenSource(home: AgentHome, prompts: readonly string[] = sourcePrompts): Promise<Source> {
  return withQwen(home, async (agent) => {
    const { sessionId } = await agent.newSession();
    for (const prompt of prompts) await agent.prompt(sessionId, prompt);
    return sourceOf(home, sessionId, prompts);
  });
}

/** Takes back `prompts[index]` and what follows, and asks `prompt` in its place, in the same file. */
export function rewindQwen(home: AgentHome, source: Source, index: number, prompt: string): Promise<Source> {
  return withQwen(home, async (agent) => {
    await agent.loadSession(source.id);
    const rewind = { sessionId: source.id, cwd: home.project, targetTurnIndex: index, rewindFiles: false };
    await agent.request('rewindSession', rewind);
    await agent.prompt(source.id, prompt);
    return { ...source, prompts: [...source.prompts.slice(0, index), prompt] };
  });
}

/** Asks a long question first, without which Qwen finds nothing worth compressing. */
export function compactQwen(home: AgentHome, source: Source): Promise<Source> {
  return withQwen(home, async (agent) => {
    await agent.loadSession(source.id);
    await agent.prompt(source.id, longPrompt);
    await agent.prompt(source.id, '/compress');
    return { ...source, prompts: [...source.prompts, longPrompt] };
  });
}
