import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentHome } from './agentHome.ts';
import { type JsonObject, objectsOf, parseObject, textOf } from './json.ts';
import { program } from './programs.ts';
import { type ServerProcess, startServer } from './serverProcess.ts';

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A running `qwen serve` on a free port, for the home's project. */
export interface QwenServe extends ServerProcess {
  ask(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<Answer>;
  /** Begins a session and has these turns in it; gives its id. */
  session(prompts: readonly string[]): Promise<string>;
  /** Sends a prompt and does not wait for its turn. */
  prompt(session: string, text: string): Promise<void>;
  /** Resolves when no prompt of the session runs any more. */
  idle(session: string): Promise<void>;
  /** The project's sessions as the server lists them. */
  sessions(): Promise<readonly JsonObject[]>;
}

const turnMs = 90_000;
const pauseMs = 100;

/** The server gives its own child 10 s to start (0.24.4), too little for a busy machine: then it is asked again. */
async function begin(serve: QwenServe, cwd: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    // By default all clients of a folder share one session.
    const { status, body } = await serve.ask('POST', '/session', { cwd, sessionScope: 'thread' });
    const id = textOf(body.sessionId);
    if (id !== '') return id;
    if (tries === 10) throw new Error(`qwen serve began no session: ${status} ${JSON.stringify(body)}`);
    await sleep(pauseMs);
  }
}

/** Starts the server. `await using` ends it and all that it started. */
export async function startQwenServe(
  home: AgentHome,
  more: readonly string[] = [],
  key = '',
): Promise<QwenServe> {
  const args = ['serve', '--port', '0', '--workspace', home.project, ...more];
  const server = await startServer({
    program: await program('qwen-code'),
    args,
    cwd: home.project,
    env: home.env,
  });
  const serve: QwenServe = {
    ...server,
    ask: async (method, path, body) => {
      const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
      const init = { method, headers, signal: AbortSignal.timeout(turnMs) };
      const reply = await fetch(server.url + path, { ...init, ...(body && { body: JSON.stringify(body) }) });
      const text = await reply.text();
      return { status: reply.status, body: text.startsWith('{') ? parseObject(text) : {} };
    },
    session: async (prompts) => {
      const id = await begin(serve, home.project);
      for (const text of prompts) {
        await serve.prompt(id, text);
        await serve.idle(id);
      }
      return id;
    },
    prompt: async (session, text) => {
      const { status, body } = await serve.ask('POST', `/session/${session}/prompt`, {
        prompt: [{ type: 'text', text }],
      });
      if (status !== 202) throw new Error(`prompt: ${status} ${JSON.stringify(body)}`);
    },
    idle: async (session) => {
      for (let waited = 0; waited < turnMs; waited += pauseMs) {
        const listed = (await serve.sessions()).find(({ sessionId }) => sessionId === session);
        if (listed?.hasActivePrompt === false) return;
        await sleep(pauseMs);
      }
      throw new Error('The turn did not end.');
    },
    sessions: async () => {
      const { body } = await serve.ask('GET', `/workspace/${encodeURIComponent(home.project)}/sessions`);
      return objectsOf(body.sessions);
    },
  };
  return serve;
}
