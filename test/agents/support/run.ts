import type { AgentHome } from './agentHome.ts';
import { type Json, type JsonObject, objectsOf, parseObject, textOf } from './json.ts';
import { type Finished, runToEnd } from './processes.ts';
import { type ProgramName, program } from './programs.ts';

/** Where a program runs, and by which environment. */
export type RunHome = Pick<AgentHome, 'project' | 'env'>;

export interface RunOptions {
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

/** One prompt and its answer, run without a terminal. */
export interface TurnResult {
  readonly sessionId: string;
  readonly text: string;
  /** The program's own last word, for what else it tells. */
  readonly result: JsonObject;
}

/** Any agent's program with any arguments; fails when the program does. */
export async function runProgram(
  name: ProgramName,
  home: RunHome,
  args: readonly string[],
  { cwd = home.project, timeoutMs = 60_000 }: RunOptions = {},
): Promise<Finished> {
  const launch = { program: await program(name), args, cwd, env: home.env };
  const finished = await runToEnd(launch, timeoutMs);
  if (finished.code === 0) return finished;
  throw new Error(
    `${name} ${args.join(' ')} ended with ${finished.code}:\n${finished.stdout}\n${finished.stderr}`,
  );
}

function turnOf(result: JsonObject | undefined): TurnResult {
  if (!result) throw new Error('The run told no result.');
  return { sessionId: textOf(result.session_id), text: textOf(result.result), result };
}

/** `claude -p …`; `args` hold the prompt and, say, `--resume <id>`. */
export async function runClaude(
  home: RunHome,
  args: readonly string[],
  options?: RunOptions,
): Promise<TurnResult> {
  const { stdout } = await runProgram(
    'claude-code',
    home,
    ['-p', '--output-format', 'json', ...args],
    options,
  );
  return turnOf(parseObject(stdout));
}

/** `qwen -p …`; it prints a list of events, the last of which is the result. */
export async function runQwen(
  home: RunHome,
  prompt: string,
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<TurnResult> {
  const { stdout } = await runProgram(
    'qwen-code',
    home,
    ['-p', prompt, '--output-format', 'json', ...args],
    options,
  );
  return turnOf(objectsOf(JSON.parse(stdout) as Json).findLast((event) => event.type === 'result'));
}
