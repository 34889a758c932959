import { SessionForksError } from '../../../src/core/errors.ts';
import {
  agentId,
  type Lineage,
  type Message,
  type MessageRange,
  messageId,
  type SessionId,
  type SessionInfo,
  sessionId,
  type Transcript,
} from '../../../src/core/model.ts';
import type { Capabilities, ForkCut, Listing, SessionStore } from '../../../src/core/store.ts';
import { transcriptOf } from '../../../src/stores/common/transcript.ts';

const withoutContent = (message: Message): Message =>
  message.kind === 'prompt' ? { ...message, text: '', attachments: [] } : { ...message, parts: [] };

interface Kept {
  messages: readonly Message[];
  title: string;
  created: number;
  lineage?: Lineage;
  live?: 'idle' | 'busy' | 'waiting';
  cwd?: string;
  preview?: string;
  updated?: number;
  archived?: boolean;
  readOnly?: boolean;
}

/** A store in memory whose faults can be set, for tests of what stands above the stores. */
export class MemoryStore implements SessionStore {
  readonly agent = { id: agentId('memory'), name: 'Memory' };
  capabilities: Capabilities = {
    forkAt: 'reply',
    emptyFork: false,
    rename: false,
    remove: true,
    archive: false,
  };
  readonly kept = new Map<SessionId, Kept>();
  forks = 0;
  dependents?: NonNullable<SessionStore['dependents']>;
  /** Replaces the copying, to play a store that does it wrong. */
  copy: (messages: readonly Message[], cut: ForkCut) => readonly Message[] = (messages, cut) =>
    messages.slice(0, cut.keep);
  /** Awaited inside `fork`, to hold it open. */
  gate: Promise<void> = Promise.resolve();
  lineageOf: (source: SessionId, cut: ForkCut) => Lineage | undefined = (source, cut) => ({
    parent: { agent: this.agent.id, id: source },
    kind: 'fork',
    messages: cut.keep,
    how: 'recorded',
  });
  newId: () => SessionId = () => sessionId(`child-${this.forks}`);

  /** Adds a session from a notation: `p` prompt, `r` reply, `R` reply that ends its turn, `o` open reply. */
  add(id: string, notation: string, more: Partial<Kept> = {}): SessionId {
    const messages = [...notation].map((letter, index) => messageOf(id, letter, index));
    this.kept.set(sessionId(id), { messages, title: id, created: this.kept.size, ...more });
    return sessionId(id);
  }

  watchRoots(): readonly { path: string }[] {
    return [{ path: '/memory' }];
  }

  async list(): Promise<Listing> {
    return { sessions: [...this.kept.keys()].map((id) => this.#info(id)), problems: [] };
  }

  async read(id: SessionId, range?: MessageRange, detail?: 'outline'): Promise<Transcript> {
    const { messages } = this.#find(id);
    return transcriptOf(this.#info(id), detail ? messages.map(withoutContent) : messages, range);
  }

  async fork(source: SessionId, cut: ForkCut, title: string): Promise<SessionId> {
    this.forks++;
    await this.gate;
    const id = this.newId();
    const { cwd } = this.#find(source);
    const lineage = this.lineageOf(source, cut);
    const messages = this.copy(this.#find(source).messages, cut);
    this.kept.set(id, {
      messages,
      title,
      created: 1000 + this.forks,
      ...(lineage && { lineage }),
      ...(cwd && { cwd }),
    });
    return id;
  }

  async remove(id: SessionId): Promise<void> {
    this.kept.delete(id);
  }

  #find(id: SessionId): Kept {
    const kept = this.kept.get(id);
    if (!kept) {
      throw new SessionForksError('no_such_session', `No session ${id}.`);
    }
    return kept;
  }

  #info(id: SessionId): SessionInfo {
    const {
      messages,
      title,
      created,
      updated = created,
      lineage,
      live,
      cwd,
      preview = '',
      archived,
      readOnly,
    } = this.#find(id);
    return {
      ref: { agent: this.agent.id, id },
      title,
      titled: true,
      preview,
      created,
      updated,
      messageCount: messages.length,
      size: messages.length,
      ...(lineage && { lineage }),
      ...(live && { live }),
      ...(cwd && { cwd }),
      ...(archived && { archived }),
      ...(readOnly && { readOnly }),
    };
  }
}

function messageOf(session: string, letter: string, index: number): Message {
  const id = messageId(`${session}-${index + 1}`);
  if (letter === 'p') {
    return { kind: 'prompt', id, text: `prompt ${index + 1}`, attachments: [] };
  }
  const parts = [{ kind: 'text' as const, text: `reply ${index + 1}` }];
  return { kind: 'reply', id, parts, finished: letter !== 'o', endsTurn: letter === 'R' };
}
