import * as vscode from 'vscode';
import {
  isSubagentRun,
  type Message,
  type MessageId,
  type SessionInfo,
  type SessionRef,
  type Transcript,
} from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import type { ToPage } from '../../protocol.ts';
import type { PanelOptions, PanelServices } from '../services.ts';
import { findIn, promptBeside, type Query } from './find.ts';
import { type Lender, lendToLive, lendToSide } from './lent.ts';
import { LiveController } from './live.ts';
import { pickPrompt } from './outline.ts';
import { PageTeller } from './pageTeller.ts';
import { SessionAtRest } from './sessionAtRest.ts';
import { SideQuestion } from './sideQuestion.ts';
import { titleOf } from './state.ts';

/** One session in one webview panel: what is stored, what runs, and what the page knows of both. */
export class SessionPanel {
  readonly session: SessionRef;
  readonly view: vscode.WebviewPanel;
  readonly live: LiveController;
  readonly side: SideQuestion;
  readonly services: PanelServices;
  readonly #stored: SessionAtRest;
  readonly #page: PageTeller;
  #disposed = false;
  #search = new AbortController();

  constructor(
    view: vscode.WebviewPanel,
    services: PanelServices,
    store: SessionStore,
    transcript: Transcript,
    peer: (session: SessionRef) => SessionPanel | undefined,
  ) {
    this.view = view;
    this.services = services;
    this.session = transcript.info.ref;
    const stored = new SessionAtRest(services.catalog, store, transcript);
    const lender: Lender = {
      services,
      stored,
      optionsOf: (session) => peer(session)?.live.options(),
      mark: (what) => this.#page.mark(what),
    };
    const live = new LiveController(lendToLive(lender));
    const side = new SideQuestion(lendToSide(lender, () => live.options()));
    this.#stored = stored;
    this.live = live;
    this.side = side;
    this.#page = new PageTeller({
      catalog: services.catalog,
      stored,
      live,
      side,
      canGoOn: services.liveAgents.has(this.session.agent),
      post: (message) => this.post(message),
    });
    this.#dress();
  }

  /** As listed: title and lineage may be newer than what was read. */
  get info(): SessionInfo {
    return this.#stored.info;
  }

  get agentName(): string {
    return this.#stored.agentName;
  }

  /** The folder that the session belongs to. */
  get folder(): string {
    return this.#stored.folder;
  }

  /** Applies what the opener wants: a message to show, a draft, the fork just made. */
  take(options: PanelOptions): void {
    this.#page.take(options);
  }

  /** The page is there (again) and wants everything. */
  pageReady(): void {
    this.#page.open();
  }

  /** The panel is hidden and its page with it: another one will say that it is there. */
  pageGone(): void {
    this.#page.pause();
  }

  /**
   * Sessions changed on disk, `own`: this one among them. While a turn runs, the stored messages stand still and the
   * turn is drawn live.
   */
  async refresh(own: boolean): Promise<void> {
    if (own && !this.live.busy) {
      const transcript = await this.#stored.readAgain();
      if (!transcript || this.live.busy || this.#disposed) {
        return;
      }
      if (transcript.total > this.#stored.transcript.total) {
        this.live.forgetTurn();
      }
      this.#stored.keep(transcript);
    }
    this.#dress();
    this.#page.mark('state');
  }

  async load(from: number, to: number): Promise<void> {
    this.post({ type: 'page', ...(await this.#stored.reading.range(from, to)) });
  }

  /** Looks through all messages; a later search takes this one's place. */
  async find(query: Query): Promise<void> {
    this.#search.abort();
    this.#search = new AbortController();
    const { signal } = this.#search;
    const found = await findIn(await this.#all(), query, signal);
    if (!signal.aborted) {
      this.post({ type: 'found', text: query.text, ...found });
    }
  }

  /** Asks for one of the prompts and shows it. */
  async showOutline(): Promise<void> {
    this.#page.show(await pickPrompt(await this.#all(), titleOf(this.info)));
  }

  async seekPrompt(from: number, back: boolean): Promise<void> {
    this.#page.show(promptBeside(await this.#all(), from, back));
  }

  /** A message that the page shows, stored or running. */
  async message(id: MessageId): Promise<Message | undefined> {
    const known = [...this.#stored.transcript.messages, ...this.live.state().turn];
    const isIt = (message: Message): boolean => message.id === id;
    return known.find(isIt) ?? (await this.#stored.reading.whole()).find(isIt);
  }

  /** Runs a fork with the page's verbs switched off; undefined while another one runs. */
  whileForking<Made>(fork: () => Promise<Made>): Promise<Made | undefined> {
    return this.#page.whileForking(fork);
  }

  post(message: ToPage): void {
    if (!this.#disposed) {
      void this.view.webview.postMessage(message);
    }
  }

  /** The panel is closed: its agent's process ends too. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#page.close();
    this.#search.abort();
    this.#stored.reading.drop();
    await Promise.all([this.live.close(), this.side.close()]);
  }

  /** Every message, those of the running turn last. */
  async #all(): Promise<readonly Message[]> {
    return [...(await this.#stored.reading.whole()), ...this.live.state().turn];
  }

  #dress(): void {
    const { info } = this;
    this.view.title = titleOf(info);
    const isFork = info.lineage !== undefined && !isSubagentRun(info);
    this.view.iconPath = tabIcon(this.services.extensionUri, isFork ? 'fork' : 'session');
  }
}

function tabIcon(extension: vscode.Uri, name: 'fork' | 'session'): { light: vscode.Uri; dark: vscode.Uri } {
  const picture = (theme: string): vscode.Uri =>
    vscode.Uri.joinPath(extension, 'media', `${name}-${theme}.svg`);
  return { light: picture('light'), dark: picture('dark') };
}
