import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type AgentId, type Lineage, type SessionInfo, sessionId } from '../../core/model.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import { branchesOf } from './branches.ts';
import { type Described, infosOf, unreadableInfo } from './infos.ts';
import { sessionOfName } from './layout.ts';
import { originOf, sharedWith } from './lineage.ts';
import { scanKept, scanTranscript } from './scan.ts';
import { readSideFacts, type SideFacts, sideStamp } from './sideFiles.ts';

/** What the reader of a transcript must know of the others. */
export interface Surroundings {
  /** Whether a folder of its session may stand beside a transcript. */
  readonly hasFolder: (path: string) => boolean;
  /** The transcript of another session, if there is one. */
  readonly pathOf: (session: string) => Promise<string | undefined>;
}

/** Describes transcripts as listing does, with the parents of forks. */
export class TranscriptReader {
  readonly #agent: AgentId;
  readonly #around: Surroundings;

  constructor(agent: AgentId, around: Surroundings) {
    this.#agent = agent;
    this.#around = around;
  }

  /** `known` while the stamp is the same: thousands of those are told at once. */
  infos(
    path: string,
    known: readonly SessionInfo[] | undefined,
    signal?: AbortSignal,
  ): readonly SessionInfo[] | Promise<readonly SessionInfo[]> {
    return known && known[0]?.file?.stamp === this.#stamp(path) ? known : this.#read(path, signal);
  }

  /** Undefined for a transcript that cannot be looked at: reading it says why. */
  #stamp(path: string): string | undefined {
    try {
      return stampOf(statSync(path)) + this.#sideStamp(path);
    } catch {
      return undefined;
    }
  }

  async #read(path: string, signal: AbortSignal | undefined): Promise<readonly SessionInfo[]> {
    try {
      return infosOf(await this.describe(path, 'entries', signal));
    } catch (error) {
      return this.#unreadable(path, error);
    }
  }

  async describe(path: string, keep: 'entries' | 'records', signal?: AbortSignal): Promise<Described> {
    const session = sessionOfName(basename(path)) ?? '';
    const side = { sideStamp: this.#sideStamp(path), side: await this.#sideFacts(path) };
    const scan = await (keep === 'entries' ? scanKept(path, signal) : scanTranscript(path, keep, signal));
    const described = { agent: this.#agent, session, scan, branches: branchesOf(scan), ...side };
    const lineage = await this.#lineage(described, signal);
    return lineage ? { ...described, lineage } : described;
  }

  /** Most sessions have nothing beside them: not asking thousands of times takes half of the time away. */
  #sideStamp(path: string): string {
    return this.#around.hasFolder(path) ? sideStamp(path) : '';
  }

  async #sideFacts(path: string): Promise<SideFacts> {
    return this.#around.hasFolder(path) ? readSideFacts(path) : { archived: false };
  }

  async #lineage(described: Described, signal?: AbortSignal): Promise<Lineage | undefined> {
    const { session, scan, branches } = described;
    const origin = branches.active && originOf(session, scan.entries, branches.active);
    if (!branches.active || !origin) {
      return undefined;
    }
    const ids = origin.unmarked ? await this.#recordIds(origin.parent, signal) : undefined;
    const messages = ids ? sharedWith(ids, branches.active) : origin.messages;
    const parent = { agent: this.#agent, id: sessionId(origin.parent) };
    return { parent, kind: 'fork', messages, how: 'recorded' };
  }

  /** Undefined when the parent is gone or cannot be read. */
  async #recordIds(session: string, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const path = await this.#around.pathOf(session);
    if (path === undefined) {
      return undefined;
    }
    try {
      const { entries } = await scanKept(path, signal);
      return new Set(entries.map(({ uuid }) => uuid));
    } catch (error) {
      if (error instanceof SessionForksError) {
        throw error;
      }
      return undefined;
    }
  }

  #unreadable(path: string, error: unknown): readonly SessionInfo[] {
    if (error instanceof SessionForksError) {
      throw error;
    }
    const session = sessionOfName(basename(path)) ?? '';
    return hasCode(error, 'ENOENT') ? [] : [unreadableInfo(this.#agent, session, path, errorText(error))];
  }
}
