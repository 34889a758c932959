import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SessionForksError } from '../../core/errors.ts';
import { findAgentProgram } from '../common/agentProgram.ts';
import { type RunningProgram, rejection, withProgram } from '../common/childProcess.ts';
import { recordOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { Place } from './place.ts';

/** Asks OpenCode's server. Rejects with what it said; throws `no_such_session` for a session it does not know. */
export type Ask = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: JsonRecord,
) => Promise<unknown>;

const totalMs = 90_000;
/** The server may accept a connection early and never answer it (1.18.33). */
const probeMs = 3_000;
const pauseMs = 100;
const user = 'opencode';

/**
 * Starts `opencode serve` on a free port of this machine alone, under a password that nobody else knows, lets `work` ask
 * it and ends it (1.18.33). `cwd` is the session's folder. Throws `agent_missing`, `cancelled`; rejects as `withProgram`.
 */
export async function withServer<Result>(
  place: Place,
  cwd: string,
  work: (ask: Ask) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const password = randomBytes(24).toString('base64url');
  const program = await findOpencode(place);
  const env = {
    ...program.env,
    OPENCODE_SERVER_USERNAME: user,
    OPENCODE_SERVER_PASSWORD: password,
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  };
  const args = ['serve', '--hostname', '127.0.0.1', '--port', '0'];
  return withProgram({ ...program, env }, args, place.folder, { totalMs, signal }, async (running) => {
    const server: Server = {
      url: await addressOf(running),
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      cwd,
      over: running.over,
    };
    await untilReady(server);
    return work((method, path, body) => request(server, method, path, body));
  });
}

const findOpencode = ({ variables, home, rules }: Place) =>
  findAgentProgram(
    {
      name: 'OpenCode',
      install: 'npm install -g opencode-ai',
      file: 'opencode',
      variable: 'OPENCODE_BIN_PATH',
      folders: [join(home, '.opencode', 'bin'), join(home, '.local', 'bin')],
    },
    variables,
    rules,
  );

interface Server {
  readonly url: string;
  readonly authorization: string;
  readonly cwd: string;
  readonly over: AbortSignal;
}

/** The address that the server prints. The standard output is read on, so that it never fills. */
function addressOf({ child, over }: RunningProgram): Promise<string> {
  let said = '';
  const printed = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
      const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (url !== undefined) {
        resolve(url);
      }
    });
  });
  return Promise.race([printed, rejection(over)]);
}

async function untilReady(server: Server): Promise<void> {
  for (;;) {
    const late = AbortSignal.timeout(probeMs);
    try {
      await fetch(`${server.url}/global/health`, {
        headers: { authorization: server.authorization },
        signal: AbortSignal.any([late, server.over]),
      });
      return;
    } catch {
      // Not ready: asked again until the time is over, which `throwIfAborted` tells.
      server.over.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function request(
  { url, authorization, cwd, over }: Server,
  method: string,
  path: string,
  body: JsonRecord | undefined,
): Promise<unknown> {
  const response = await fetch(`${url}${path}?directory=${encodeURIComponent(cwd)}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    signal: over,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = await response.text();
  if (response.ok) {
    return said === '' ? undefined : parsed(said);
  }
  const reason = textOf(recordOf(recordOf(parsed(said))?.data)?.message) ?? `status ${response.status}`;
  if (response.status === 404) {
    throw new SessionForksError('no_such_session', `OpenCode: ${reason}.`);
  }
  throw new Error(`OpenCode refused: ${reason}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page in place of an answer, such as that of a proxy.
    return undefined;
  }
}
