import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../../../src/core/catalog.ts';
import { type ForkResult, ForkService } from '../../../src/core/forkService.ts';
import { ancestors } from '../../../src/core/forkTree.ts';
import {
  type ForkPoint,
  type Message,
  type SessionId,
  type SessionInfo,
  type SessionRef,
  sessionId,
} from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import type { StoreFactory } from '../../../src/stores/index.ts';
import { type AgentHome, type AgentName, makeAgentHome } from './agentHome.ts';
import { type ModelRequest, type StubModel, spokenOf, startStubModel } from './stubModel.ts';

/** A throwaway machine with one agent, the model that it asks, and our store and fork service over its sessions. */
export interface ForkLab extends AsyncDisposable {
  readonly home: AgentHome;
  readonly stub: StubModel;
  readonly store: SessionStore;
  ref(id: string): SessionRef;
  messages(id: SessionId): Promise<readonly Message[]>;
  /** The session as the list shows it now. */
  listed(id: SessionId): Promise<SessionInfo>;
  /** The sessions that it came from, the oldest first. */
  ancestors(id: SessionId): Promise<readonly SessionId[]>;
  /** Waits until the session holds that many messages: a program may write them a moment after it has told them. */
  grown(id: SessionId, messages: number): Promise<void>;
  /** The branch that a rewind left in the session's file. */
  rewoundIn(id: string): Promise<SessionId>;
  fork(source: SessionId, point: ForkPoint, title?: string): Promise<ForkResult>;
  /** Hash of each transcript by its file's name. */
  transcripts(): Promise<ReadonlyMap<string, string>>;
  /** All that the model was asked while it answered `prompt`: once, and once more after each round of tools. */
  requestsFor(prompt: string): readonly ModelRequest[];
}

const transcriptName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl$/;

async function hashesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const paths = await readdir(folder, { recursive: true });
  const transcripts = paths.filter((path) => transcriptName.test(basename(path)));
  const hashes = transcripts.map(async (path): Promise<[string, string]> => {
    const bytes = await readFile(join(folder, path));
    return [basename(path), createHash('sha256').update(bytes).digest('hex')];
  });
  return new Map(await Promise.all(hashes));
}

const asked = (request: ModelRequest): string | undefined =>
  spokenOf(request).findLast(({ role }) => role === 'user')?.text;

/** Makes the machine; disposing of it removes the home and ends the model. */
export async function makeForkLab(agent: AgentName, factory: StoreFactory): Promise<ForkLab> {
  const stub = await startStubModel();
  const home = await makeAgentHome(agent, stub);
  const store = factory({ home: home.home, variables: home.env, folders: {} });
  const catalog = new Catalog([store]);
  const service = new ForkService(catalog);
  const ref = (id: string): SessionRef => ({ agent: store.agent.id, id: sessionId(id) });

  const found = async (matches: (info: SessionInfo) => boolean, what: string): Promise<SessionInfo> => {
    await catalog.refresh();
    const info = catalog.sessions().find(matches);
    if (!info) throw new Error(`${what} is not listed`);
    return info;
  };

  return {
    home,
    stub,
    store,
    ref,
    messages: async (id) => (await store.read(id)).messages,
    listed: (id) => found((info) => info.ref.id === id, `Session ${id}`),
    ancestors: async (id) => {
      await catalog.refresh();
      return ancestors(catalog.forest(), ref(id)).map(({ info }) => info.ref.id);
    },
    grown: async (id, messages) => {
      for (let waited = 0; waited < 5_000 && (await store.read(id)).total < messages; waited += 100) {
        await sleep(100);
      }
    },
    rewoundIn: async (id) => {
      const isBranch = ({ lineage }: SessionInfo) => lineage?.kind === 'rewound' && lineage.parent.id === id;
      return (await found(isBranch, `A rewound branch of ${id}`)).ref.id;
    },
    fork: (source, point, title) =>
      service.fork({ source: ref(source), point, origin: 'api', ...(title && { title }) }),
    transcripts: () => hashesBelow(home.home),
    requestsFor: (prompt) => stub.mainRequests().filter((request) => asked(request) === prompt),
    async [Symbol.asyncDispose]() {
      catalog.dispose();
      await home[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
    },
  };
}
