import assert from 'node:assert/strict';
import { SessionForksError } from '../../../src/core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  PromptInput,
  SessionOptions,
  TurnEnd,
} from '../../../src/core/liveAgent.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import type { Notice } from '../../../src/protocol.ts';
import { LiveController } from '../../../src/vscode/panel/live.ts';
import type { TurnOutcome } from '../../../src/vscode/panel/liveHost.ts';
import type { QueuedInput } from '../../../src/vscode/panel/promptQueue.ts';

/** What the fake agent offers where the test says nothing else. */
export const options: SessionOptions = {
  modes: [{ id: 'ask', name: 'Ask' }],
  mode: 'ask',
  models: [],
  commands: [],
  images: false,
};
export const prompt = (text: string): PromptInput => ({ text, attachments: [] });
export const notice = (title: string): Notice => ({
  kind: 'error',
  icon: 'error',
  title,
  text: '',
  actions: [],
});
/** Lets everything happen that needs no time. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What the test wants to happen next. */
interface Wishes {
  start?: unknown;
  blocked?: Notice;
  outcome: TurnOutcome;
  forks: boolean;
  /** What the agent comes up with. */
  options: SessionOptions;
  /** What waited when the window was closed. */
  kept: readonly QueuedInput[];
  /** What the panel of the session's source shows. */
  source?: SessionOptions;
  idleMs: number;
  /** What the agent tells while it starts. */
  meanwhile?: (agent: ConversationObserver) => void;
  /** The agent refuses to change its mode. */
  stubborn?: true;
}

interface OpenTurn {
  readonly input: PromptInput;
  end(end: TurnEnd): void;
  fail(error: unknown): void;
}

/** An agent whose turns the test ends, and a panel that says what the test wants. */
export function fixture(given: Partial<Wishes> = {}) {
  const turns: OpenTurn[] = [];
  const log: string[] = [];
  const wishes: Wishes = { outcome: 'stored', forks: true, options, idleMs: 0, kept: [], ...given };
  let observer: ConversationObserver | undefined;
  const conversation: Conversation = {
    session: { agent: agentId('fake'), id: sessionId('child') },
    options: () => wishes.options,
    prompt: (input) => new Promise((end, fail) => turns.push({ input, end, fail })),
    cancel: async () => {
      log.push('cancel');
      turns.at(-1)?.end('stopped');
    },
    setMode: async (id) => {
      if (wishes.stubborn) throw new Error('no such mode');
      log.push(`mode ${id}`);
      wishes.options = { ...wishes.options, mode: id };
    },
    setModel: async (id) => void log.push(`model ${id}`),
    close: async () => void log.push('close'),
  };
  const live = new LiveController({
    start: async (given, _signal, signIn) => {
      log.push(signIn === undefined ? 'start' : `start, sign in by ${signIn}`);
      if (wishes.start) throw wishes.start;
      observer = given;
      wishes.meanwhile?.(given);
      return conversation;
    },
    blocked: () => wishes.blocked,
    keptQueue: () => wishes.kept,
    keepQueue: (queue, running) => {
      wishes.kept = [...(running ? [running] : []), ...queue];
    },
    checkpoint: async () => {
      log.push('checkpoint');
      return wishes.forks;
    },
    afterTurn: async () => {
      log.push('read');
      return wishes.outcome;
    },
    sourceOptions: () => wishes.source,
    idleMs: () => wishes.idleMs,
    offerMode: (from, to) => notice(`${to.name}, not ${from.name}`),
    explain: (error) => notice(error instanceof SessionForksError ? error.code : 'other'),
    changed: () => undefined,
    now: () => 5000,
  });
  const agent = (): ConversationObserver => {
    assert.ok(observer, 'the agent was not started');
    return observer;
  };
  return { live, turns, log, wishes, agent };
}
