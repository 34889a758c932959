import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAcpAgents, type LaunchRow } from '../../../src/agents/acp/index.ts';
import type { SessionForksError } from '../../../src/core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  LiveAgent,
  LiveSession,
  LiveUpdate,
  PermissionAnswer,
  PermissionRequest,
} from '../../../src/core/liveAgent.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';

export const fakeAgentFile = join(import.meta.dirname, 'fakeAgent.mjs');
const fake = agentId('fake');

let rigCount = 0;
const traces = mkdtempSync(join(tmpdir(), 'fake-agents-'));
process.on('exit', () => rmSync(traces, { recursive: true }));

/** What the fake agent offers and how it misbehaves; see fakeAgent.mjs. */
export type Script = Readonly<Record<string, unknown>>;

/** Hears everything an agent tells, in order, and answers permissions as told. */
export class Ear implements ConversationObserver {
  readonly updates: LiveUpdate[] = [];
  readonly permissions: PermissionRequest[] = [];
  readonly ends: (SessionForksError | undefined)[] = [];
  answer: (request: PermissionRequest) => Promise<PermissionAnswer> = async () => 'cancelled';

  update(update: LiveUpdate): void {
    this.updates.push(update);
  }

  permission(request: PermissionRequest): Promise<PermissionAnswer> {
    this.permissions.push(request);
    return this.answer(request);
  }

  ended(error?: SessionForksError): void {
    this.ends.push(error);
  }

  text(): string {
    return this.updates.map((update) => (update.kind === 'text' ? update.text : '')).join('');
  }
}

export interface Rig {
  readonly agent: LiveAgent;
  readonly ear: Ear;
  /** stderr, line by line. */
  readonly lines: readonly string[];
  /** What the fake agent received: `method params`, in order. */
  received(): readonly string[];
  /** The methods that the fake agent received, in order. */
  methods(): readonly string[];
  open(session?: Partial<LiveSession>, signal?: AbortSignal): Promise<Conversation>;
  /** Ends what is still open. */
  end(): Promise<void>;
}

export function rig(script: Script = {}, row: Partial<LaunchRow> = {}, command?: string): Rig {
  const lines: string[] = [];
  rigCount += 1;
  const trace = join(traces, `${rigCount}.txt`);
  const ear = new Ear();
  const opened: Conversation[] = [];
  const [agent] = createAcpAgents({
    rows: [
      {
        agent: fake,
        name: 'Fake Agent',
        command: fakeAgentFile,
        args: [JSON.stringify({ ...script, trace })],
        install: 'npm install -g fake-agent',
        ...row,
      },
    ],
    commands: () => command,
    log: { line: (_agent, text) => void lines.push(text), dispose: () => undefined },
    clientVersion: '0.0.0',
    env: process.env,
  });
  if (!agent) {
    throw new Error('no agent for the row');
  }
  return {
    agent,
    ear,
    lines,
    received: () => receivedIn(trace),
    methods: () => receivedIn(trace).map((line) => line.split(' ')[0] ?? ''),
    open: async (session = {}, signal) => {
      const conversation = await agent.open({ agent: fake, cwd: process.cwd(), ...session }, ear, signal);
      opened.push(conversation);
      return conversation;
    },
    end: async () => {
      await Promise.all(opened.map((conversation) => conversation.close()));
    },
  };
}

const receivedIn = (trace: string): readonly string[] =>
  existsSync(trace) ? readFileSync(trace, 'utf8').trimEnd().split('\n') : [];

export const stored = { id: sessionId('s1') } as const;
export const prompt = (text: string) => ({ text, attachments: [] });
