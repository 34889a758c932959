import { errorText } from './errors.ts';
import type { Conversation, ConversationObserver, LiveAgent, LiveSession } from './liveAgent.ts';
import type { Protection, SessionStore } from './store.ts';
import { wrappedConversation, wrappedObserver } from './wrapped.ts';

/** The same live agent, which keeps the transcript safe while it has a session open, where the store offers that. */
export function protectedAgent(
  agent: LiveAgent,
  store: Pick<SessionStore, 'protect'> | undefined,
): LiveAgent {
  return {
    agent: agent.agent,
    install: agent.install,
    open: async (session, observer, signal) => {
      const protection = await protectionOf(store, session);
      return protection
        ? openProtected(agent, session, observer, protection, signal)
        : agent.open(session, observer, signal);
    },
  };
}

async function protectionOf(
  store: Pick<SessionStore, 'protect'> | undefined,
  { id }: LiveSession,
): Promise<Protection | undefined> {
  return id === undefined ? undefined : store?.protect?.(id);
}

async function openProtected(
  agent: LiveAgent,
  session: LiveSession,
  observer: ConversationObserver,
  protection: Protection,
  signal?: AbortSignal,
): Promise<Conversation> {
  const guard = new Guard(observer, protection);
  try {
    const conversation = await agent.open(session, guard.observer, signal);
    await guard.check();
    return guard.conversation(conversation);
  } catch (error) {
    await guard.end();
    throw error;
  }
}

class Guard {
  readonly observer: ConversationObserver;
  readonly #observer: ConversationObserver;
  readonly #protection: Protection;
  #ended: Promise<void> | undefined;

  constructor(observer: ConversationObserver, protection: Protection) {
    this.#observer = observer;
    this.#protection = protection;
    this.observer = wrappedObserver(observer, {
      ended: (error) => {
        void this.end().then(() => observer.ended(error));
      },
    });
  }

  conversation(inner: Conversation): Conversation {
    return wrappedConversation(inner, {
      prompt: async (input) => {
        try {
          return await inner.prompt(input);
        } finally {
          await this.check();
        }
      },
      close: async () => {
        await inner.close();
        await this.end();
      },
    });
  }

  check(): Promise<void> {
    return this.#tell(this.#protection.check());
  }

  end(): Promise<void> {
    this.#ended ??= this.#tell(this.#protection.end());
    return this.#ended;
  }

  async #tell(outcome: Promise<'intact' | 'restored'>): Promise<void> {
    try {
      if ((await outcome) === 'restored') {
        this.#note('The agent’s own program deleted this session’s file; it was put back.');
      }
    } catch (error) {
      this.#note(`This session’s file could not be kept safe: ${errorText(error)}`);
    }
  }

  #note(text: string): void {
    this.#observer.update({ kind: 'note', text });
  }
}
