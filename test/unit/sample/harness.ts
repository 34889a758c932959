import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionInfo } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { installSamples, type SampleAgent } from '../../../src/sample/index.ts';
import { storeFactories } from '../../../src/stores/index.ts';

export const now = Date.UTC(2026, 10, 21, 17, 0);
export const minute = 60_000;

/** Samples in a home of their own, read by the real stores. */
export interface Samples {
  readonly home: string;
  readonly cwd: string;
  install(fresh?: boolean): Promise<void>;
  store(agent: SampleAgent): SessionStore;
  list(agent: SampleAgent): Promise<readonly SessionInfo[]>;
  named(agent: SampleAgent, title: string): Promise<SessionInfo>;
}

export async function withSamples(use: (samples: Samples) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'samples-'));
  const cwd = join(home, 'acme-api');
  const stores = storeFactories.map((make) =>
    make({ home, variables: {}, folders: {}, idPrefix: 'sample-' }),
  );
  const samples: Samples = {
    home,
    cwd,
    install: (fresh = false) => installSamples({ home, cwd, now, fresh }),
    store: (agent) => found(stores, (store) => store.agent.id === `sample-${agent}`),
    list: async (agent) => (await samples.store(agent).list()).sessions,
    named: async (agent, title) =>
      found(await samples.list(agent), (info) => info.title === title && info.lineage?.kind !== 'rewound'),
  };
  try {
    await mkdir(cwd);
    await samples.install();
    await use(samples);
  } finally {
    await rm(home, { recursive: true });
  }
}

function found<T>(items: readonly T[], matches: (item: T) => boolean): T {
  const item = items.find(matches);
  if (item === undefined) {
    throw new Error('not among the samples');
  }
  return item;
}
