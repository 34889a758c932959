import type { AgentHome } from './agentHome.ts';
import { objectOf, parseObject, textOf } from './json.ts';
import { program } from './programs.ts';
import type { Answer } from './qwenServe.ts';
import { type ServerProcess, startServer } from './serverProcess.ts';

/** A running `opencode serve` on a free port. */
export interface OpenCodeServe extends ServerProcess {
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer>;
  /** Begins a session and has these turns in it; gives its id. */
  session(prompts: readonly string[]): Promise<string>;
  /** Has one turn in it. */
  say(session: string, text: string): Promise<void>;
  /** Sends a prompt and does not wait for its turn. */
  prompt(session: string, text: string): Promise<void>;
  isBusy(session: string): Promise<boolean>;
  /** The ids of the project's sessions as the server lists them. */
  sessions(): Promise<readonly string[]>;
}

const answerMs = 90_000;

/** Starts the server; every call wants `key`. `await using` ends it and all that it started. */
export async function startOpenCodeServe(home: AgentHome, key: string): Promise<OpenCodeServe> {
  const env = { ...home.env, OPENCODE_SERVER_PASSWORD: key };
  const args = ['serve', '--hostname', '127.0.0.1', '--port', '0'];
  const server = await startServer({ program: await program('opencode'), args, cwd: home.project, env });
  const query = `?directory=${encodeURIComponent(home.project)}`;
  const authorization = `Basic ${Buffer.from(`opencode:${key}`).toString('base64')}`;
  const fetchText = async (url: string, method: string, body?: object) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const init = { method, headers, signal: AbortSignal.timeout(answerMs) };
    return fetch(url + query, { ...init, ...(body && { body: JSON.stringify(body) }) });
  };
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> => {
    const reply = await fetchText(server.url + path, method, body);
    const text = await reply.text();
    return { status: reply.status, body: text.startsWith('{') ? parseObject(text) : {} };
  };
  const serve: OpenCodeServe = {
    ...server,
    ask,
    session: async (prompts) => {
      const id = textOf((await ask('POST', '/session', {})).body.id);
      for (const text of prompts) await serve.say(id, text);
      return id;
    },
    say: async (session, text) => {
      const { status } = await ask('POST', `/session/${session}/message`, {
        parts: [{ type: 'text', text }],
      });
      if (status !== 200) throw new Error(`The prompt was answered with ${status}.`);
    },
    prompt: async (session, text) => {
      const body = { parts: [{ type: 'text', text }] };
      const { status } = await ask('POST', `/session/${session}/prompt_async`, body);
      if (status !== 204) throw new Error(`The prompt was answered with ${status}.`);
    },
    isBusy: async (session) => {
      const { body } = await ask('GET', '/session/status');
      return objectOf(body[session]).type === 'busy';
    },
    sessions: async () => {
      const reply = await fetchText(`${server.url}/session`, 'GET');
      const listed: unknown = await reply.json();
      return Array.isArray(listed) ? listed.map((item) => String(Reflect.get(Object(item), 'id'))) : [];
    },
  };
  return serve;
}
