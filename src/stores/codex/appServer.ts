import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { recordOf, textOf } from '../common/fields.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { throwIfCancelled } from '../common/pool.ts';
import type { Program } from './program.ts';

/** Asks one request of `codex app-server` and gives its result. Rejects with what the server said. */
export type Ask = (method: string, params: JsonRecord) => Promise<JsonRecord>;

const limitMs = 20_000;
const closingMs = 2_000;

interface Waiting {
  readonly resolve: (result: JsonRecord) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts `codex app-server` (JSON-RPC without the version field, one message a line; 0.169.0), lets `work` ask it, and
 * ends it again whatever happens: by closing its input, then by signal. All together takes at most 20 seconds.
 * Rejects when the program cannot be started, ends early, is too slow or refuses; throws `cancelled`.
 */
export async function withAppServer<Result>(
  program: Program,
  work: (ask: Ask) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  throwIfCancelled(signal);
  const server = new AppServer(program);
  const limit = AbortSignal.timeout(limitMs);
  const stop = signal ? AbortSignal.any([signal, limit]) : limit;
  const onStop = (): void => server.fail(new Error('Codex took too long to answer.'));
  stop.addEventListener('abort', onStop, { once: true });
  try {
    await server.greet();
    return await work((method, params) => server.ask(method, params));
  } finally {
    stop.removeEventListener('abort', onStop);
    await server.close();
    throwIfCancelled(signal);
  }
}

class AppServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, Waiting>();
  readonly #gone: Promise<void>;
  #failed: Error | undefined;
  #rest = '';
  #last = 0;

  constructor({ command, args, env }: Program) {
    const home = textOf(env.CODEX_HOME);
    const cwd = home !== undefined && isAbsolute(home) ? { cwd: home } : {};
    this.#child = spawn(command, [...args, 'app-server'], { ...cwd, env, windowsHide: true });
    this.#gone = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#child.once('error', (error) => this.fail(error));
    this.#child.once('close', (code) => this.fail(new Error(`Codex ended with code ${code ?? 'none'}.`)));
    this.#child.stdin.on('error', (error) => this.fail(error));
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    // Unread, its log would fill the pipe and halt it.
    this.#child.stderr.resume();
  }

  async greet(): Promise<void> {
    await this.ask('initialize', {
      clientInfo: { name: 'session-forks', title: 'Session Forks', version: '1' },
      capabilities: { experimentalApi: true, requestAttestation: false },
    });
    this.#write({ method: 'initialized' });
  }

  ask(method: string, params: JsonRecord): Promise<JsonRecord> {
    if (this.#failed) {
      return Promise.reject(this.#failed);
    }
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#write({ id, method, params });
    });
  }

  /** Rejects what is asked and all that will be. */
  fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.values()) {
      reject(this.#failed);
    }
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#failed) {
      this.#child.kill();
    }
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#isGoneWithin(closingMs)) {
        return;
      }
      this.#child.kill(name);
    }
    await this.#isGoneWithin(closingMs);
  }

  async #isGoneWithin(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), ms);
    void this.#gone.then(() => resolve(true));
    return promise.finally(() => clearTimeout(timer));
  }

  #write(message: JsonRecord): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#take(parseRecord(line));
    }
  }

  /** Requests and notifications of the server are none of our business. */
  #take(message: JsonRecord | undefined): void {
    const id = message?.method === undefined ? message?.id : undefined;
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (!waiting || typeof id !== 'number') {
      return;
    }
    this.#waiting.delete(id);
    const error = recordOf(message?.error);
    if (error) {
      waiting.reject(new Error(textOf(error.message) ?? 'Codex refused.'));
    } else {
      waiting.resolve(recordOf(message?.result) ?? {});
    }
  }
}
