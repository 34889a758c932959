import { createMoltisAgent } from '../../../src/agents/moltis/index.ts';
import type { Conversation, LiveSession } from '../../../src/core/liveAgent.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { moltisGateway } from '../../../src/stores/moltis/index.ts';
import { type DoubleOptions, MoltisDouble } from '../../agents/support/moltisDouble/index.ts';
import { MoltisHome } from '../stores/moltisHome.ts';
import { Ear } from './harness.ts';

export const agent = agentId('moltis');
export const main = { id: sessionId('main') } as const;

/** A double with a session `main` of four records, and our live agent on it. */
export interface MoltisRig extends AsyncDisposable {
  readonly home: MoltisHome;
  readonly double: MoltisDouble;
  readonly ear: Ear;
  open(session?: Partial<LiveSession>): Promise<Conversation>;
}

export async function moltisRig(options: DoubleOptions = {}, quietMs = 5_000): Promise<MoltisRig> {
  const home = new MoltisHome();
  home.add('main', 'four');
  const double = new MoltisDouble(home.data, options);
  await double.listen();
  home.access.url = double.url;
  const ear = new Ear();
  const environment = { home: home.path, variables: {}, folders: {}, access: async () => home.access };
  const live = createMoltisAgent({ connect: moltisGateway(environment), setting: 'x', quietMs });
  const opened: Conversation[] = [];
  return {
    home,
    double,
    ear,
    open: async (session = main) => {
      const conversation = await live.open({ agent, cwd: home.path, ...session }, ear);
      opened.push(conversation);
      return conversation;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((conversation) => conversation.close()));
      await double[Symbol.asyncDispose]();
      home[Symbol.dispose]();
    },
  };
}

/** The next time that `what` holds; looked at again and again. Throws after a minute. */
export async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 12_000; tries++) {
    if (what()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it never came true');
}
