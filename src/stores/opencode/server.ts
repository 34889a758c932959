import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SessionForksError } from '../../core/errors.ts';
import { endingWithInput, findAgentProgram } from '../common/agentProgram.ts';
import { AgentServer, type Method, type ServerAccess } from '../common/agentServer.ts';
import { type RunningProgram, rejection, withProgram } from '../common/childProcess.ts';
import { recordOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { throwIfCancelled } from '../common/pool.ts';
import type { Place } from './place.ts';

/** Asks OpenCode's server about sessions of one folder. Throws as `AgentServer.ask`. */
export type Ask = (method: Method, path: string, body?: JsonRecord) => Promise<unknown>;

/** How long one run of the server may take, in ms. */
export const totalMs = 90_000;
/** The server may accept a connection early and never answer it (1.18.33). */
const probeMs = 3_000;
const pauseMs = 100;
const user = 'opencode';

/** A server of OpenCode (HTTP and SSE, 1.18.33). Throws `not_supported` for a bad address. */
export const openCodeServer = (access: ServerAccess): AgentServer =>
  new AgentServer(
    {
      name: 'OpenCode',
      authorization: (key) => `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}`,
      said: (answer) => textOf(recordOf(recordOf(answer)?.data)?.message),
    },
    access,
  );

/** The path with the folder that every call is told. */
export const inFolder = (path: string, cwd: string): string => `${path}?directory=${encodeURIComponent(cwd)}`;

/**
 * Lets `work` ask the server that the person runs and has set, when it has this session; else one that is started for it
 * (`withServer`). So its other clients hear of what is done. `cwd` is the session's folder. Throws as `withServer`.
 */
export async function askServer<Result>(
  place: Place,
  session: { readonly id: string; readonly cwd: string },
  work: (ask: Ask) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const ask = await askRunning(place, session, signal);
  return ask ? work(ask) : withServer(place, session.cwd, work, signal);
}

async function askRunning(
  { access }: Place,
  { id, cwd }: { readonly id: string; readonly cwd: string },
  signal: AbortSignal | undefined,
): Promise<Ask | undefined> {
  const { url, key } = await access();
  if (url === undefined) {
    return undefined;
  }
  try {
    const server = openCodeServer({ url, ...(key && { key }) });
    await server.ask('GET', inFolder(`/session/${encodeURIComponent(id)}`, cwd), undefined, signal);
    return (method, path, body) => server.ask(method, inFolder(path, cwd), body);
  } catch {
    // It does not run, wants another key, or keeps its sessions elsewhere: one of our own does the work.
    throwIfCancelled(signal);
    return undefined;
  }
}

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
  const program = endingWithInput(await findOpencode(place));
  const env = {
    ...program.env,
    OPENCODE_SERVER_USERNAME: user,
    OPENCODE_SERVER_PASSWORD: password,
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  };
  const args = ['serve', '--hostname', '127.0.0.1', '--port', '0'];
  return withProgram({ ...program, env }, args, place.folder, { totalMs, signal }, async (running) => {
    const { over } = running;
    const server = openCodeServer({ url: await addressOf(running), key: password });
    await untilReady(server, over);
    return work((method, path, body) => server.ask(method, inFolder(path, cwd), body, over));
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

async function untilReady(server: AgentServer, over: AbortSignal): Promise<void> {
  while (!(await answers(server, AbortSignal.any([AbortSignal.timeout(probeMs), over])))) {
    over.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A refusal is an answer, too. */
const answers = (server: AgentServer, signal: AbortSignal): Promise<boolean> =>
  server.ask('GET', '/global/health', undefined, signal).then(
    () => true,
    (error: unknown) =>
      !(error instanceof SessionForksError && (error.code === 'agent_ended' || error.code === 'cancelled')),
  );
