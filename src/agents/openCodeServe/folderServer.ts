import type { RunningServer } from '../runningServer.ts';

/** A server as it is asked about one folder. */
export class FolderServer {
  readonly #server: RunningServer;
  readonly #query: string;

  constructor(server: RunningServer, cwd: string) {
    this.#server = server;
    this.#query = `?directory=${encodeURIComponent(cwd)}`;
  }

  ask(method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    return this.#server.ask(method, path + this.#query, body, signal);
  }

  events(signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    return this.#server.events(`/event${this.#query}`, signal);
  }
}
