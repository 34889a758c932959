import type { SignInMethod, TerminalProgram } from '../../core/signIn.ts';
import type { Program } from './findProgram.ts';
import type { AgentFacts } from './schema.ts';

type AuthMethod = AgentFacts['authMethods'][number];

/** The program that the agent was started as. */
export interface StartedProgram {
  /** The name by which it is started where nobody set another one. */
  readonly command: string;
  readonly program: Program;
  /** What the agent's environment was given besides the person's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** The agent's own ways to sign in, with the program to run for those that need a terminal. */
export const signInMethods = (
  { authMethods }: AgentFacts,
  started: StartedProgram,
): readonly SignInMethod[] =>
  authMethods.map((method) => {
    const { id, name, description } = method;
    const terminal = terminalOf(method, started);
    return { id, name, ...(description && { description }), ...(terminal && { terminal }) };
  });

/** Says that terminals can be opened for a sign-in: in the words of ACP, and in those of adapters that came before. */
export const signInCapabilities = { auth: { terminal: true }, _meta: { 'terminal-auth': true } };

/**
 * Seen: `type` and `args` (claude-agent-acp 0.100.0, pi-acp 0.0.34), the same in `_meta` (Qwen Code 0.24.4), a whole
 * command in `_meta` (OpenCode 1.18.33), and one that the description asks the person to run (goose 1.52.0).
 */
function terminalOf(method: AuthMethod, started: StartedProgram): TerminalProgram | undefined {
  const { _meta: meta } = method;
  const inTerminal = [method, meta].find((it) => it?.type === 'terminal');
  const own = meta?.['terminal-auth'];
  if (inTerminal) {
    return withArgs(started, inTerminal.args ?? [], inTerminal.env ?? {});
  }
  if (own) {
    return own.command === started.command
      ? withArgs(started, own.args ?? [], own.env ?? {})
      : { command: own.command, args: own.args ?? [], env: { ...started.env, ...own.env } };
  }
  const [command, ...args] = described(method);
  return command === started.command ? withArgs(started, args) : undefined;
}

const described = ({ description }: AuthMethod): readonly string[] =>
  /^Run `([\w-]+(?: [\w-]+)*)`/.exec(description ?? '')?.[1]?.split(' ') ?? [];

const withArgs = (
  { program, env }: StartedProgram,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): TerminalProgram => ({
  command: program.file,
  args: [...program.args, ...args],
  env: { ...env, ...program.env, ...more },
});
