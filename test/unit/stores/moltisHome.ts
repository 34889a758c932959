import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Message, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import type { ForkCut, SessionStore } from '../../../src/core/store.ts';
import { moltis } from '../../../src/stores/moltis/index.ts';
import { MoltisData, type Row } from '../../agents/support/moltisDouble/database.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/moltis/histories');

export type Fixture = 'main' | 'four' | 'compacted' | 'open';

/** When the sessions of the fixtures began, ms since 1970. */
export const began = 1_785_000_000_000;

export interface Access {
  url?: string;
  key?: string;
}

/** A throwaway home of Moltis: its two stores, and ours over them. */
export class MoltisHome implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'session-forks-moltis-'));
  readonly folder = join(this.path, '.moltis');
  readonly config = join(this.path, '.config', 'moltis');
  readonly data: MoltisData;
  /** Where the gateway is said to be; nobody listens on the port of the discard service. */
  readonly access: Access = { url: 'ws://127.0.0.1:9' };
  readonly store: SessionStore;

  constructor(schema?: string) {
    this.data = new MoltisData(this.folder, schema);
    this.store = moltis({
      home: this.path,
      variables: {},
      folders: {},
      access: async () => this.access,
    });
  }

  add(key: string, fixture?: Fixture, row: Row = {}): void {
    const records = fixture ? recordsOf(fixture) : [];
    this.data.insert(key, { created_at: began, updated_at: began, message_count: records.length, ...row });
    if (fixture) {
      this.put(this.data.historyPath(key), fixture);
    }
  }

  put(path: string, fixture: Fixture): void {
    mkdirSync(dirname(path), { recursive: true });
    cpSync(join(fixtures, `${fixture}.jsonl`), path);
  }

  async info(key: string): Promise<SessionInfo> {
    const { sessions } = await this.store.list();
    const found = sessions.find(({ ref }) => ref.id === key);
    if (!found) throw new Error(`${key} is not listed`);
    return found;
  }

  async messages(key: string): Promise<readonly Message[]> {
    return (await this.store.read(sessionId(key))).messages;
  }

  [Symbol.dispose](): void {
    if (this.data.database.isOpen) this.data.database.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const recordsOf = (fixture: Fixture): readonly Record<string, unknown>[] =>
  readFileSync(join(fixtures, `${fixture}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The cut that keeps so many of these messages. */
export function cutAt(messages: readonly Message[], keep: number): ForkCut {
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last ? { last } : {}), ...(next ? { next } : {}) };
}

/** One word a message: `p` a prompt, `r` a reply, `R` one that ends its turn, `o` one that is not finished. */
export const shape = (messages: readonly Message[]): string =>
  messages
    .map((message) => {
      if (message.kind === 'prompt') return 'p';
      return message.finished ? (message.endsTurn ? 'R' : 'r') : 'o';
    })
    .join('');
