import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, errorText, SessionForksError } from '../../core/errors.ts';
import { findAgentProgram } from '../common/agentProgram.ts';
import { type AskRpc, withJsonRpc } from '../common/jsonRpcProcess.ts';
import type { Place } from './place.ts';

/** How long one run of goose may take, in ms. */
export const totalMs = 90_000;

/**
 * Starts `goose acp`, lets `work` ask it and ends it (ACP version 1; 1.52.0). Throws `agent_missing`, `cancelled`,
 * `not_supported` for a place that the program cannot be told of, else `failure` with what went wrong.
 */
export async function withGoose<Result>(
  place: Place,
  cwd: string | undefined,
  failure: ErrorCode,
  work: (ask: AskRpc) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  if (!place.isPrograms) {
    const text = `goose itself cannot use ${place.folder}: name a data folder called “goose” or “data” in the settings.`;
    throw new SessionForksError('not_supported', text);
  }
  const program = await findGoose(place);
  const folder = cwd !== undefined && existsSync(cwd) ? cwd : place.folder;
  try {
    return await withJsonRpc(program, ['acp'], folder, { totalMs, signal }, async (ask) => {
      await ask('initialize', { protocolVersion: 1, clientCapabilities: {} });
      return work(ask);
    });
  } catch (error) {
    throw error instanceof SessionForksError
      ? error
      : new SessionForksError(failure, `goose did not do it: ${errorText(error)}`, error);
  }
}

const findGoose = ({ variables, home, rules }: Place) =>
  findAgentProgram(
    {
      name: 'goose',
      install:
        'curl -fsSL https://github.com/aaif-goose/goose/releases/download/stable/download_cli.sh | bash',
      file: 'goose',
      variable: 'GOOSE_BINARY',
      folders: [join(home, '.local', 'bin')],
    },
    variables,
    rules,
  );
