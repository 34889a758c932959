import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { extensionId } from './sampleHome.ts';

/** A tool's answer: its structured content, an error's `{error: {code, message}}` included. */
export type CallTool = (name: string, input: object) => Promise<Readonly<Record<string, unknown>>>;

/** Lets `work` call the built server, by hand: the SDK's client cannot be bundled into these tests. */
export async function withServer<Result>(work: (call: CallTool) => Promise<Result>): Promise<Result> {
  const extension = vscode.extensions.getExtension(extensionId);
  if (!extension) throw new Error('The extension is not there.');
  const args = [join(extension.extensionPath, 'dist', 'mcp.js')];
  const env = { HOME: homedir(), ELECTRON_RUN_AS_NODE: '1' };
  const server = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'], timeout: 100_000 });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  let last = 0;
  const send = (message: object): void =>
    void server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = async (method: string, params: object): Promise<object> => {
    last += 1;
    send({ id: last, method, params });
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('The server ended.');
      const answer = JSON.parse(value);
      if (answer.id === last) return Object(answer.result);
    }
  };
  try {
    const clientInfo = { name: 'test', version: '0' };
    await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    send({ method: 'notifications/initialized' });
    return await work(async (name, input) =>
      Object(Reflect.get(await ask('tools/call', { name, arguments: input }), 'structuredContent')),
    );
  } finally {
    server.stdin.end();
    await once(server, 'exit');
  }
}
