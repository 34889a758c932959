import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { Catalog } from '../../core/catalog.ts';
import type { SessionInfo, SessionRef, Transcript } from '../../core/model.ts';
import { type Capabilities, type SessionStore, sessionCapabilities } from '../../core/store.ts';
import { awaitGrowth, type Grown, type Sizes, sizesOf } from './growth.ts';
import { Reading } from './reading.ts';

/** A panel's session as its agent stored it: what is listed of it, what was read, and how much it holds. */
export class SessionAtRest {
  readonly ref: SessionRef;
  readonly store: SessionStore;
  readonly reading: Reading;
  readonly #catalog: Catalog;
  #sizes: Sizes;
  #reads = 0;

  constructor(catalog: Catalog, store: SessionStore, transcript: Transcript) {
    this.ref = transcript.info.ref;
    this.store = store;
    this.reading = new Reading(store, transcript);
    this.#catalog = catalog;
    this.#sizes = sizesOf(catalog, transcript);
  }

  /** As listed: title and lineage may be newer than what was read. */
  get info(): SessionInfo {
    return this.#catalog.get(this.ref) ?? this.transcript.info;
  }

  /** The last messages, as they were read or kept last. */
  get transcript(): Transcript {
    return this.reading.transcript;
  }

  get agentName(): string {
    return this.store.agent.name;
  }

  get capabilities(): Capabilities {
    return sessionCapabilities(this.store.capabilities, this.info);
  }

  /** The folder that the session belongs to. */
  get folder(): string {
    return this.info.cwd ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  }

  keep(transcript: Transcript): void {
    this.reading.keep(transcript);
    this.#sizes = sizesOf(this.#catalog, transcript);
  }

  /** A fresh read, not kept yet; undefined when a later one was begun meanwhile. Throws what the store throws. */
  async readAgain(): Promise<Transcript | undefined> {
    const read = ++this.#reads;
    const transcript = await this.reading.fresh();
    return read === this.#reads ? transcript : undefined;
  }

  /** Reads until the turn that is over is there, and keeps what was read. Throws what the store throws. */
  async readTurn(): Promise<Grown['grew']> {
    this.#reads++;
    const { transcript, grew } = await awaitGrowth(this.#catalog, this.#sizes, () => this.reading.fresh());
    this.keep(transcript);
    return grew;
  }
}
