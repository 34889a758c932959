import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { type JsonObject, parseObject } from './json.ts';

/** What the proxy makes of what passes through it. */
export interface ProxyRules {
  /** The body that the server gets in place of this one. */
  readonly body?: (path: string, body: JsonObject) => JsonObject;
  /** The server's answer in place of its own; undefined leaves it. */
  readonly answer?: (path: string, answer: JsonObject) => JsonObject | undefined;
  /** Seconds after which to come back, in place of asking the server. */
  readonly later?: (path: string) => number | undefined;
}

export interface ServerProxy extends AsyncDisposable {
  readonly url: string;
  /** What was asked, as `METHOD /path`. */
  readonly asked: string[];
  rules: ProxyRules;
}

const isJson = (text: string): boolean => text.startsWith('{');

function send(response: ServerResponse, status: number, text: string, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}

/** Stands before an agent's server, for faults that a server does not have when it is asked to. */
export async function startProxy(target: string): Promise<ServerProxy> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const { method = 'GET' } = request;
    proxy.asked.push(`${method} ${path.split('?')[0]}`);
    const seconds = proxy.rules.later?.(path);
    if (seconds !== undefined) {
      return send(response, 409, '{"error":"later"}', { 'retry-after': String(seconds) });
    }
    const text = await readText(request);
    const body =
      isJson(text) && proxy.rules.body ? JSON.stringify(proxy.rules.body(path, parseObject(text))) : text;
    const headers = Object.fromEntries(
      ['authorization', 'content-type'].flatMap((name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    const reply = await fetch(target + path, { method, headers, ...(body !== '' && { body }) });
    const said = await reply.text();
    const changed = isJson(said) ? proxy.rules.answer?.(path, parseObject(said)) : undefined;
    send(response, reply.status, changed ? JSON.stringify(changed) : said);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: ServerProxy = {
    url: `http://127.0.0.1:${port}`,
    asked: [],
    rules: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
