import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { type AcpAgent, type AcpProgram, acpAgent } from './acpClient.ts';
import type { AgentHome } from './agentHome.ts';

type Kind = 'prompt' | 'text' | 'thinking' | 'tool';

/** One thing that was said or called. */
interface Said {
  readonly kind: Kind;
  readonly text: string;
}

const kinds = {
  user_message_chunk: 'prompt',
  agent_message_chunk: 'text',
  agent_thought_chunk: 'thinking',
} as const;

/** What an agent has told of a session over ACP; a call of a tool by its id. */
const toldBy = ({ updates }: AcpAgent): readonly Said[] =>
  updates.flatMap(({ update }): readonly Said[] => {
    switch (update.sessionUpdate) {
      case 'user_message_chunk':
      case 'agent_message_chunk':
      case 'agent_thought_chunk':
        return update.content.type === 'text'
          ? [{ kind: kinds[update.sessionUpdate], text: update.content.text }]
          : [];
      case 'tool_call':
        return [{ kind: 'tool', text: update.toolCallId }];
      default:
        return [];
    }
  });

const readOf = (messages: readonly Message[]): readonly Said[] =>
  messages.flatMap((message): readonly Said[] =>
    message.kind === 'prompt'
      ? [{ kind: 'prompt', text: message.text }]
      : message.parts.map((part) => ({ kind: part.kind, text: part.kind === 'tool' ? part.id : part.text })),
  );

export interface ReplayOptions {
  /** What the agent tells as text though no session holds it. */
  readonly own?: RegExp;
  /** What this agent replays in other words than it stores. */
  readonly without?: readonly Kind[];
}

/** As texts that can be compared. Some agents tell the end of a turn by an empty one. */
function comparable(said: readonly Said[], { own, without = [] }: ReplayOptions): readonly string[] {
  const texts = said
    .filter(({ kind, text }) => text !== '' && !without.includes(kind) && !own?.test(text))
    .map(({ kind, text }) => `${kind}: ${text}`);
  return withToolsById(texts);
}

/** Parallel calls stand in the order they were made or in the order they ended: here, by their ids. */
function withToolsById(texts: readonly string[]): readonly string[] {
  const sorted: string[] = [];
  for (const text of texts) {
    let at = sorted.length;
    while (text.startsWith('tool:') && sorted[at - 1]?.startsWith('tool:') && (sorted[at - 1] ?? '') > text) {
      at--;
    }
    sorted.splice(at, 0, text);
  }
  return sorted;
}

/** Lets the agent's own program replay a session over ACP and compares all that it tells with what the store reads. */
export async function assertReplayed(
  name: AcpProgram,
  home: AgentHome,
  store: SessionStore,
  id: SessionId,
  options: ReplayOptions = {},
): Promise<void> {
  const read = comparable(readOf((await store.read(id)).messages), options);
  assert.ok(read.length > 8, 'the session is too short to show anything');
  await using agent = await acpAgent(name, home, { timeoutMs: 150_000 });
  await agent.loadSession(id);
  const told = () => comparable(toldBy(agent), options);
  // The replay may go on after the load is answered.
  for (let waited = 0; waited < 10_000 && told().length < read.length; waited += 50) {
    await sleep(50);
  }
  assert.deepEqual(told(), read);
}
