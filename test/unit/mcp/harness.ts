import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { z } from 'zod';
import { installSamples } from '../../../src/sample/index.ts';

export const serverFile = resolve(import.meta.dirname, '../../../src/mcp/main.ts');

const session = z.object({ sessionKey: z.string(), agent: z.string(), session: z.string() });
const listed = z.object({
  sessions: z.array(
    session.extend({
      title: z.string(),
      messageCount: z.number(),
      parent: session.optional(),
      kind: z.string().optional(),
      forkPoint: z.number().optional(),
      how: z.string().optional(),
      cwd: z.string().optional(),
      updated: z.string(),
    }),
  ),
  total: z.number(),
});
export type Listed = z.infer<typeof listed>['sessions'][number];

export const branched = session.extend({
  title: z.string(),
  forkedFrom: session.extend({ title: z.string() }),
  forkPoint: z.number(),
  messageCount: z.number(),
  draft: z.string().optional(),
  resumeCommand: z.object({ command: z.string(), args: z.array(z.string()), cwd: z.string().optional() }),
  uri: z.string(),
});

export const transcript = z.object({
  total: z.number(),
  next: z.number().optional(),
  messages: z.array(
    z.object({
      number: z.number(),
      id: z.string(),
      role: z.enum(['prompt', 'reply']),
      text: z.string(),
      forkable: z.boolean(),
      endsTurn: z.boolean().optional(),
    }),
  ),
});

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The server as a program of its own on a throwaway home with the sample sessions, and the SDK's client on it. */
export class ServerScene implements AsyncDisposable {
  readonly home: string;
  readonly client: Client;

  private constructor(home: string, client: Client) {
    this.home = home;
    this.client = client;
  }

  static async make(more: Readonly<Record<string, string>> = {}): Promise<ServerScene> {
    const home = await mkdtemp(join(tmpdir(), 'session-forks-mcp-'));
    const cwd = join(home, 'acme-api');
    await mkdir(cwd);
    await installSamples({ home, cwd, now: Date.UTC(2026, 10, 21, 17, 0) });
    const client = new Client({ name: 'test', version: '0' });
    const env = { HOME: home, USERPROFILE: home, PATH: process.env.PATH ?? '', ...more };
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [serverFile], env }));
    return new ServerScene(home, client);
  }

  /** What a tool answers. Fails when it is an error. */
  async call<T extends z.ZodType>(schema: T, name: string, input: object = {}): Promise<z.infer<T>> {
    const { structuredContent, isError } = await this.client.callTool({ name, arguments: { ...input } });
    assert.ok(!isError, JSON.stringify(structuredContent));
    return schema.parse(structuredContent);
  }

  /** The code of the error that a tool answers. */
  async codeOf(name: string, input: object): Promise<string> {
    const { structuredContent, isError } = await this.client.callTool({ name, arguments: { ...input } });
    assert.equal(isError, true, `no error but ${JSON.stringify(structuredContent)}`);
    const { code, message } = failure.parse(structuredContent).error;
    assert.notEqual(message, '');
    return code;
  }

  async list(input: object = {}): Promise<readonly Listed[]> {
    return (await this.call(listed, 'list_sessions', { limit: 500, ...input })).sessions;
  }

  async named(title: string): Promise<Listed> {
    const found = (await this.list()).find((info) => info.title === title && info.kind !== 'rewound');
    return found ?? assert.fail(`There is no session “${title}”.`);
  }

  /** Hash of every file below the home, by its path. */
  async files(): Promise<Readonly<Record<string, string>>> {
    const hashes: [string, string][] = [];
    for (const path of (await readdir(this.home, { recursive: true })).toSorted()) {
      const full = join(this.home, path);
      if ((await stat(full)).isFile()) {
        hashes.push([
          path,
          createHash('sha256')
            .update(await readFile(full))
            .digest('hex'),
        ]);
      }
    }
    return Object.fromEntries(hashes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await rm(this.home, { recursive: true });
  }
}
