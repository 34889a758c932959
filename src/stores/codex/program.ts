import { SessionForksError } from '../../core/errors.ts';
import { type AgentProgram, findAgentProgram, startRules } from '../common/agentProgram.ts';
import type { StoreEnvironment } from '../index.ts';

/** Codex's own program, ready to be started with more arguments. */
export type Program = AgentProgram;

const search = {
  name: 'Codex',
  install: 'npm install -g @openai/codex',
  file: 'codex',
  // The variable that @agentclientprotocol/codex-acp 2.6.0 reads, too.
  variable: 'CODEX_PATH',
  folders: [],
};

/**
 * The program; undefined where there is none or none may be started. Its home is set to `home`, whatever the
 * environment says. The command in the settings is the adapter that carries sessions on, another program.
 */
export async function findProgram(environment: StoreEnvironment, home: string): Promise<Program | undefined> {
  const rules = { ...startRules(environment, 'codex'), configured: undefined };
  try {
    const program = await findAgentProgram(search, environment.variables, rules);
    return { ...program, env: { ...program.env, CODEX_HOME: home } };
  } catch (error) {
    if (error instanceof SessionForksError) {
      return undefined;
    }
    throw error;
  }
}
