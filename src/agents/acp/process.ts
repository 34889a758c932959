import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errorText, SessionForksError } from '../../core/errors.ts';
import type { AgentLog, InstallAdvice } from '../../core/liveAgent.ts';
import { type Environment, findProgram, type Program } from './findProgram.ts';
import type { LaunchRow } from './launchTable.ts';
import type { StartedProgram } from './signIn.ts';

/** How an agent's process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One running agent. Its standard input and output carry ACP, its error output goes to the log. */
export interface AgentProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<Exit>;
  /** What was started, for those that start it again in a terminal. */
  readonly started: StartedProgram;
  /** Closes its input, then asks by SIGTERM, then ends it and its children by SIGKILL. Resolves when it is gone. */
  end(): Promise<void>;
}

export interface Launch {
  readonly row: LaunchRow;
  /** The person's own command in place of the row's. */
  readonly command?: string | undefined;
  readonly cwd: string;
  /** What agents inherit. */
  readonly env: Environment;
  /** What this one gets besides. */
  readonly ownEnv: Readonly<Record<string, string>>;
  readonly log: AgentLog;
}

/** The setting that replaces commands, by agent. */
const commandsSetting = 'sessionForks.commands';

/** How long to wait after each step of an end, in ms. */
const patience = 2000;

/** Starts an agent. Throws `agent_missing` with what to do, `not_supported` when the session's folder is gone. */
export async function startAgent(launch: Launch): Promise<AgentProcess> {
  const command = launch.command?.trim() || launch.row.command;
  const program = await findProgram(command, launch.env);
  if (!program) {
    throw new SessionForksError('agent_missing', missingText(launch.row, command, launch.command));
  }
  if (!existsSync(launch.cwd)) {
    const text = `The folder ${launch.cwd} of this session is gone; ${launch.row.name} needs it to go on.`;
    throw new SessionForksError('not_supported', text);
  }
  const child = await spawned(program, launch);
  for (const source of [child, child.stdin]) {
    source.on('error', (error) => launch.log.line(launch.row.agent, errorText(error)));
  }
  logLines(child, launch);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const started = { command: launch.row.command, program, env: launch.ownEnv };
  return { child, exited, started, end: () => endProcess(child, exited) };
}

/** How the program is installed, and where another path is set. */
export const installAdvice = (row: LaunchRow): InstallAdvice => ({
  command: row.install,
  setting: commandsSetting,
});

function missingText(row: LaunchRow, command: string, configured: string | undefined): string {
  return configured?.trim()
    ? `${row.name} was not found at “${command}”. Check ${row.agent} in the setting ${commandsSetting}.`
    : `${row.name} is not installed. Run “${row.install}”, or set ${commandsSetting} for ${row.agent} to the path of ${command}.`;
}

async function spawned(program: Program, launch: Launch): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(program.file, [...program.args, ...launch.row.args], {
    cwd: launch.cwd,
    env: { ...launch.env, ...launch.ownEnv, ...program.env },
    // A group of its own, so that the agent's children can be ended with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  try {
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const text = `${launch.row.name} could not be started in ${launch.cwd}: ${errorText(error)}.`;
    throw new SessionForksError('agent_missing', text, error);
  }
}

function logLines(child: ChildProcessWithoutNullStreams, { row, log }: Launch): void {
  let rest = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      log.line(row.agent, line.trimEnd());
    }
  });
  child.stderr.on('end', () => {
    if (rest !== '') {
      log.line(row.agent, rest.trimEnd());
    }
  });
}

async function endProcess(child: ChildProcessWithoutNullStreams, exited: Promise<Exit>): Promise<void> {
  child.stdin.end();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await settlesWithin(exited, patience)) {
      return;
    }
    signalGroup(child, signal);
  }
  await exited;
}

function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined || process.platform === 'win32') {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, or was never made: the leader alone is left to signal.
    child.kill(signal);
  }
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return settled;
}
