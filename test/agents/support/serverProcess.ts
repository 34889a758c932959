import { setTimeout as sleep } from 'node:timers/promises';
import { end, type Launch, launch } from './processes.ts';

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
}

const startMs = 120_000;
const pauseMs = 100;

/** Starts a server on this machine that prints where it listens. `await using` ends it and all that it started. */
export async function startServer(what: Launch): Promise<ServerProcess> {
  const child = launch(what);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  for (let waited = 0; waited < startMs; waited += pauseMs) {
    const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
    if (url) return { url, [Symbol.asyncDispose]: () => end(child) };
    await sleep(pauseMs);
  }
  await end(child);
  throw new Error(`${what.program.name} did not start:\n${output}`);
}
