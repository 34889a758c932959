import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type AgentId, type Lineage, type SessionInfo, sessionId } from '../../core/model.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import { takeTurn } from '../common/turns.ts';
import { branchesOf } from './branches.ts';
import { type Described, infosOf, unreadableInfo } from './infos.ts';
import { sessionOfName } from './layout.ts';
import { originOf, sharedWith } from './lineage.ts';
import { scanTranscript } from './scan.ts';
import { readSideFacts, type SideFacts, sideStamp } from './sideFiles.ts';

/** Reads the transcripts of one listing, and knows where the parents of forks are. */
export class TranscriptReader {
  readonly #agent: AgentId;
  readonly #paths: Iterable<string>;
  readonly #folders: ReadonlySet<string>;
  #bySession: ReadonlyMap<string | undefined, string> | undefined;

  /** `folders` are the transcripts beside which a folder of their session may stand. */
  constructor(agent: AgentId, paths: Iterable<string>, folders: ReadonlySet<string>) {
    this.#agent = agent;
    this.#folders = folders;
    this.#paths = paths;
  }

  async infos(
    path: string,
    known: readonly SessionInfo[] | undefined,
    signal?: AbortSignal,
  ): Promise<readonly SessionInfo[]> {
    try {
      await takeTurn();
      const stamp = stampOf(statSync(path)) + (await this.#sideStamp(path));
      return known?.[0]?.file?.stamp === stamp
        ? known
        : infosOf(await this.describe(path, 'entries', signal));
    } catch (error) {
      return this.#unreadable(path, error);
    }
  }

  async describe(path: string, keep: 'entries' | 'records', signal?: AbortSignal): Promise<Described> {
    const session = sessionOfName(basename(path)) ?? '';
    const side = { sideStamp: await this.#sideStamp(path), side: await this.#sideFacts(path) };
    const scan = await scanTranscript(path, keep, signal);
    const described = { agent: this.#agent, session, scan, branches: branchesOf(scan), ...side };
    const lineage = await this.#lineage(described, signal);
    return lineage ? { ...described, lineage } : described;
  }

  /** Most sessions have nothing beside them: not asking thousands of times takes half of the time away. */
  async #sideStamp(path: string): Promise<string> {
    return this.#folders.has(path) ? sideStamp(path) : '';
  }

  async #sideFacts(path: string): Promise<SideFacts> {
    return this.#folders.has(path) ? readSideFacts(path) : { archived: false };
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
    this.#bySession ??= new Map(Array.from(this.#paths, (path) => [sessionOfName(basename(path)), path]));
    const path = this.#bySession.get(session);
    if (path === undefined) {
      return undefined;
    }
    try {
      const { entries } = await scanTranscript(path, 'entries', signal);
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
