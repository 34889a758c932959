import { dirname, isAbsolute, join } from 'node:path';
import { agentId } from '../../core/model.ts';
import { type StartRules, startRules, type Variables } from '../common/agentProgram.ts';
import type { ServerAccess } from '../common/agentServer.ts';
import type { StoreEnvironment } from '../index.ts';

/** Where OpenCode keeps its database, and the variables by which its program finds the same one (1.18.33). */
export interface Place {
  readonly home: string;
  readonly database: string;
  /** The database's folder. */
  readonly folder: string;
  readonly variables: Variables;
  readonly rules: StartRules;
  /** What the person set for an `opencode serve` that runs; asked at each use. */
  readonly access: () => Promise<Partial<ServerAccess>>;
}

/** By the person's setting (the folder of `opencode.db`), OPENCODE_DB, XDG_DATA_HOME, `~/.local/share`, in this order. */
export function placeOf(environment: StoreEnvironment, setting: string | undefined): Place {
  const { home, variables } = environment;
  const rules = startRules(environment, 'opencode');
  const access = async () => (await environment.access?.(agentId('opencode'))) ?? {};
  const standard = join(variables.XDG_DATA_HOME || join(home, '.local', 'share'), 'opencode');
  const named = variables.OPENCODE_DB;
  if (setting || !named || named === ':memory:') {
    const database = join(setting || standard, 'opencode.db');
    const more = setting ? { OPENCODE_DB: database } : {};
    return { home, database, folder: dirname(database), variables: { ...variables, ...more }, rules, access };
  }
  const database = isAbsolute(named) ? named : join(standard, named);
  return { home, database, folder: dirname(database), variables, rules, access };
}
