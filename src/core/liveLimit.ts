import { SessionForksError } from './errors.ts';
import type { ConversationObserver, LiveAgent } from './liveAgent.ts';
import { wrappedConversation, wrappedObserver } from './wrapped.ts';

/** How many agents may run at once, whatever sessions they carry on; those that are starting count. */
export class LiveLimit {
  readonly #most: () => number;
  #running = 0;

  constructor(most: () => number) {
    this.#most = most;
  }

  /** One place, given back by the first call of what is returned. Throws `too_many_agents` when all are taken. */
  take(): () => void {
    const most = this.#most();
    if (this.#running >= most) {
      throw new SessionForksError(
        'too_many_agents',
        `The limit of agents that run at once (${most}) is reached.`,
      );
    }
    this.#running++;
    let given = false;
    return () => {
      this.#running -= given ? 0 : 1;
      given = true;
    };
  }
}

/** The same live agent, which starts nothing when the limit is reached. */
export const limitedAgent = (agent: LiveAgent, limit: LiveLimit): LiveAgent => ({
  agent: agent.agent,
  install: agent.install,
  open: async (session, observer, signal) => {
    const giveBack = limit.take();
    const ended: ConversationObserver['ended'] = (error) => {
      giveBack();
      observer.ended(error);
    };
    try {
      const conversation = await agent.open(session, wrappedObserver(observer, { ended }), signal);
      return wrappedConversation(conversation, { close: () => conversation.close().finally(giveBack) });
    } catch (error) {
      giveBack();
      throw error;
    }
  },
});
