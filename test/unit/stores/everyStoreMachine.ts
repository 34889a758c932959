import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Catalog } from '../../../src/core/catalog.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { storeFactories } from '../../../src/stores/index.ts';
import { MoltisHome } from './moltisHome.ts';

/** Where an agent's files stand below its folder: all of them, and one that holds a session (or every session). */
interface Place {
  readonly fixture: string;
  /** Where the fixture goes. */
  readonly at?: string;
  readonly root: string;
  readonly file: string;
}

const fixtures = join(import.meta.dirname, '../../fixtures');
const codexDay = 'sessions/2026/11/21';
const id = '01a1fbd2-6d0f-7b03-b541-0f3c4277c59e';

/** One real home of each of the eight agents. Moltis has none among the fixtures: it is made from its schema. */
const places: Readonly<Record<string, Place>> = {
  'claude-code': {
    fixture: 'claude-code',
    root: 'projects',
    file: 'projects/-srv-dev-claude-ws-alpha/f0000000-0000-4000-8000-000000000001.jsonl',
  },
  'qwen-code': {
    fixture: 'qwen-code',
    root: 'projects',
    file: 'projects/-srv-dev-qwen-ws1/chats/4a4e091b-c471-4b44-8fbc-c047e27e9a32.jsonl',
  },
  codex: {
    fixture: 'codex/native',
    root: 'sessions',
    file: `${codexDay}/rollout-2026-11-21T01-57-14-${id}.jsonl`,
  },
  opencode: { fixture: 'opencode/opencode.db', at: 'opencode.db', root: '.', file: 'opencode.db' },
  goose: {
    fixture: 'goose/sessions.db',
    at: 'sessions/sessions.db',
    root: 'sessions',
    file: 'sessions/sessions.db',
  },
  'gemini-cli': {
    fixture: 'gemini-cli',
    root: 'tmp',
    file: 'tmp/gws/chats/session-2026-11-21T02-18-00d92df5.jsonl',
  },
  pi: {
    fixture: 'pi',
    root: 'sessions',
    file: 'sessions/--srv-dev-codex-goose-pi-ws2--/2026-11-21T02-10-41-354Z_01a1fbde-be3d-77bf-90f0-4c09df032804.jsonl',
  },
  moltis: { fixture: '', root: '.', file: 'moltis.db' },
};

export const agents: readonly string[] = Object.keys(places);
export const withDatabase: readonly string[] = ['opencode', 'goose', 'moltis'];

/** A throwaway machine on which all eight agents were used. */
export class Machine implements Disposable {
  readonly #home = mkdtempSync(join(tmpdir(), 'session-forks-machine-'));

  constructor() {
    for (const agent of agents) this.restore(agent);
  }

  /** The folder or file with all of an agent's sessions that its listing begins with. */
  root(agent: string): string {
    return join(this.#home, agent, places[agent]?.root ?? '');
  }

  /** A file that holds one session, or for an agent with a database all of them. */
  file(agent: string): string {
    return join(this.#home, agent, places[agent]?.file ?? '');
  }

  /** Puts an agent's files back as they were. */
  restore(agent: string): void {
    const { fixture = '', at = '' } = places[agent] ?? {};
    const folder = join(this.#home, agent);
    rmSync(folder, { recursive: true, force: true });
    if (agent === 'moltis') {
      copyMoltis(folder);
      return;
    }
    mkdirSync(dirname(join(folder, at)), { recursive: true });
    cpSync(join(fixtures, fixture), join(folder, at), { recursive: true });
  }

  store(agent: string): SessionStore {
    const store = this.#stores().find((candidate) => candidate.agent.id === agent);
    if (!store) {
      throw new Error(`There is no agent ${agent}.`);
    }
    return store;
  }

  #stores(): readonly SessionStore[] {
    const folders = Object.fromEntries(agents.map((agent) => [agent, join(this.#home, agent)]));
    return storeFactories.map((factory) => factory({ home: this.#home, variables: {}, folders }));
  }

  /** One catalog of all eight, listed for the first time. */
  async list(): Promise<Catalog> {
    const catalog = new Catalog(this.#stores());
    await catalog.refresh();
    return catalog;
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function copyMoltis(folder: string): void {
  using home = new MoltisHome();
  home.add('main', 'four');
  home.add('session:other', 'four');
  home.data.database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
  home.data.database.close();
  cpSync(home.folder, folder, { recursive: true });
}
