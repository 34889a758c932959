import assert from 'node:assert/strict';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Catalog } from '../../../src/core/catalog.ts';
import { type ForkRequest, ForkService } from '../../../src/core/forkService.ts';
import type { LiveAgent, LiveSession } from '../../../src/core/liveAgent.ts';
import { LiveLimit, limitedAgent } from '../../../src/core/liveLimit.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { StoreWorker } from '../../../src/extension/storeWorker/storeWorker.ts';
import type { StoreEnvironment } from '../../../src/stores/index.ts';
import { root } from '../../setup/paths.ts';
import { listen } from './listener.ts';

/** What is tried in the same way on the servers of several agents. */

/** Carries two sessions on where one agent may run. Gives what was seen. */
export async function tryLimit(agent: LiveAgent, first: LiveSession, second: LiveSession): Promise<string> {
  const { observer } = listen();
  const limited = limitedAgent(agent, new LiveLimit(() => 1));
  const refused = { code: 'too_many_agents' };
  const starting = limited.open(first, observer);
  await assert.rejects(limited.open(second, observer), refused);
  const conversation = await starting;
  await assert.rejects(limited.open(second, observer), refused);
  await conversation.close();
  const other = await limited.open(second, observer);
  assert.equal(await other.prompt({ text: 'Once there is a place', attachments: [] }), 'done');
  await other.close();
  return 'with one allowed, too_many_agents while it starts and while it runs; closed, the next goes on';
}

export interface LargeFork {
  /** The store that the extension's thread makes anew for itself. */
  readonly store: SessionStore;
  readonly environment: StoreEnvironment;
  readonly request: Omit<ForkRequest, 'origin'>;
  readonly megabytes: number;
}

/**
 * Forks a large session as the extension does, with the store in a thread of its own, and checks that this thread went
 * on meanwhile. Gives what was seen.
 */
export async function tryLargeFork({
  store,
  environment,
  request,
  megabytes,
}: LargeFork): Promise<{ readonly messages: number; readonly way: string; readonly seen: string }> {
  const { access, allowStart: _, ...plain } = environment;
  const lost: string[] = [];
  const worker = new StoreWorker({
    program: join(root, 'src', 'extension', 'storeWorker', 'stores.worker.ts'),
    start: {
      environments: [plain],
      agents: [store.agent.id],
      lists: join(environment.home, 'lists'),
      version: 'test',
    },
    ...(access && { access }),
    onLost: (reason) => lost.push(reason),
  });
  const catalog = new Catalog([worker.store(store)]);
  await catalog.refresh();
  const ways: unknown[] = [];
  catalog.onDidFork(({ way }) => ways.push(way));
  const delays = monitorEventLoopDelay({ resolution: 5 });
  try {
    delays.enable();
    const began = performance.now();
    const { messages } = await new ForkService(catalog).fork({ ...request, origin: 'api' });
    const tookMs = performance.now() - began;
    delays.disable();
    const longestMs = delays.max / 1e6;
    assert.deepEqual(lost, []);
    assert.ok(longestMs < Math.max(250, tookMs / 40), `held up for ${longestMs} of ${tookMs} ms`);
    const way = String(ways[0]);
    const seen = `${megabytes} MB by ${way} in ${Math.round(tookMs)} ms, this thread held up for ${Math.round(longestMs)} ms at most`;
    return { messages, way, seen };
  } finally {
    worker.dispose();
    catalog.dispose();
  }
}
