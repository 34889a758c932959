import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { errorText } from '../../core/errors.ts';
import type { ForkResult } from '../../core/forkService.ts';
import type { SessionOptions } from '../../core/liveAgent.ts';
import {
  isSubagentRun,
  type Message,
  type MessageId,
  type Prompt,
  type SessionInfo,
  type SessionRef,
  type Transcript,
} from '../../core/model.ts';
import { type SessionStore, sessionCapabilities } from '../../core/store.ts';
import type { Draft, Notice, PanelState, ToPage } from '../../protocol.ts';
import type { PanelOptions, PanelServices } from '../services.ts';
import { settings } from '../settings.ts';
import { buildComposer } from './composerState.ts';
import { findIn, promptBeside, type Query } from './find.ts';
import { Gather } from './gather.ts';
import { awaitGrowth, type Sizes, sizesOf } from './growth.ts';
import { LiveController } from './live.ts';
import type { LiveHost, TurnOutcome } from './liveHost.ts';
import {
  failureNotice,
  modeNotice,
  type NoticeFacts,
  untrustedNotice,
  wroteToParentNotice,
} from './notices.ts';
import { pickPrompt } from './outline.ts';
import { Reading } from './reading.ts';
import { type SideHost, SideQuestion } from './sideQuestion.ts';
import { buildPanelState, keptMessages, titleOf } from './state.ts';

const t = vscode.l10n.t;

/** What the page is told of, each with its own message. */
type Changed = 'state' | 'live' | 'composer' | 'aside';

/** One session in one webview panel: what is stored, what runs, and what the page knows of both. */
export class SessionPanel {
  readonly session: SessionRef;
  readonly view: vscode.WebviewPanel;
  readonly live: LiveController;
  readonly side: SideQuestion;
  readonly services: PanelServices;
  readonly #store: SessionStore;
  readonly #peer: (session: SessionRef) => SessionPanel | undefined;
  readonly #reading: Reading;
  #sizes: Sizes;
  #result: ForkResult | undefined;
  #draft: Draft | undefined;
  #reveal: Pick<PanelOptions, 'reveal' | 'top'> = {};
  #forking = false;
  #disposed = false;
  #posted: readonly Message[] = [];
  #reads = 0;
  #search = new AbortController();
  readonly #gather = new Gather<Changed>((changed) => this.#tell(changed));

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
    this.#store = store;
    this.#peer = peer;
    this.#reading = new Reading(store, transcript);
    this.#sizes = sizesOf(services.catalog, transcript);
    this.live = new LiveController(this.#liveHost());
    this.side = new SideQuestion(this.#sideHost());
    this.#dress();
  }

  /** As listed: title and lineage may be newer than what was read. */
  get info(): SessionInfo {
    return this.services.catalog.get(this.session) ?? this.#reading.transcript.info;
  }

  get agentName(): string {
    return this.#store.agent.name;
  }

  /** The folder that the session belongs to. */
  get folder(): string {
    return this.info.cwd ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  }

  /** Applies what the opener wants: a message to show, a draft, the fork just made. */
  take(options: PanelOptions): void {
    this.#reveal = options.reveal ? options : this.#reveal;
    this.#result = options.result ?? this.#result;
    const draft = options.draft ?? options.result?.draft;
    if (draft) {
      this.#draft = this.#toDraft(draft);
    }
    this.mark('state');
  }

  /** The page is there (again) and wants everything. */
  pageReady(): void {
    this.#gather.open();
    this.mark('state');
  }

  /** The panel is hidden and its page with it: another one will say that it is there. */
  pageGone(): void {
    this.#gather.pause();
  }

  /**
   * Sessions changed on disk, `own`: this one among them. While a turn runs, the stored messages stand still and the
   * turn is drawn live.
   */
  async refresh(own: boolean): Promise<void> {
    if (own && !this.live.busy) {
      const read = ++this.#reads;
      const transcript = await this.#reading.fresh();
      if (read !== this.#reads || this.live.busy || this.#disposed) {
        return;
      }
      if (transcript.total > this.#reading.transcript.total) {
        this.live.forgetTurn();
      }
      this.#keep(transcript);
    }
    this.#dress();
    this.mark('state');
  }

  async load(from: number, to: number): Promise<void> {
    this.post({ type: 'page', ...(await this.#reading.range(from, to)) });
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
    this.#show(await pickPrompt(await this.#all(), titleOf(this.info)));
  }

  async seekPrompt(from: number, back: boolean): Promise<void> {
    this.#show(promptBeside(await this.#all(), from, back));
  }

  /** A message that the page shows, stored or running. */
  async message(id: MessageId): Promise<Message | undefined> {
    const known = [...this.#reading.transcript.messages, ...this.live.state().turn];
    const isIt = (message: Message): boolean => message.id === id;
    return known.find(isIt) ?? (await this.#reading.whole()).find(isIt);
  }

  /** Runs a fork with the page's verbs switched off. */
  async whileForking(fork: () => Promise<unknown>): Promise<void> {
    if (this.#forking) {
      return;
    }
    this.#setForking(true);
    try {
      await fork();
    } finally {
      this.#setForking(false);
    }
  }

  mark(what: Changed): void {
    this.#gather.mark(what);
  }

  post(message: ToPage): void {
    if (!this.#disposed) {
      void this.view.webview.postMessage(message);
    }
  }

  /** The panel is closed: its agent's process ends too. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#gather.close();
    this.#search.abort();
    this.#reading.drop();
    await Promise.all([this.live.close(), this.side.close()]);
  }

  #tell(changed: ReadonlySet<Changed>): void {
    if (changed.has('state')) {
      this.#postState();
      return;
    }
    if (changed.has('live')) {
      this.#postLive();
    }
    if (changed.has('composer')) {
      this.post({ type: 'composer', composer: this.#composer() });
    }
    if (changed.has('aside')) {
      this.post({ type: 'aside', ...this.#aside() });
    }
  }

  #postState(): void {
    const state = this.#state();
    this.#posted = state.live.turn;
    this.post({ type: 'state', state });
    this.#draft = undefined;
    const { reveal, top } = this.#reveal;
    this.#reveal = {};
    if (reveal) {
      void this.#showMessage(reveal, top);
    }
  }

  async #showMessage(message: MessageId, top: number | undefined): Promise<void> {
    this.#show(await this.#reading.indexOf(message), top);
  }

  #show(index: number | undefined, top?: number): void {
    if (index !== undefined && index >= 0) {
      this.post({ type: 'reveal', index, ...(top !== undefined && { top }) });
    }
  }

  /** Every message, those of the running turn last. */
  async #all(): Promise<readonly Message[]> {
    return [...(await this.#reading.whole()), ...this.live.state().turn];
  }

  #postLive(): void {
    const live = this.live.state();
    const kept = keptMessages(this.#posted, live.turn);
    this.#posted = live.turn;
    this.post({ type: 'live', live: { ...live, turn: live.turn.slice(kept) }, kept });
  }

  #state(): PanelState {
    return buildPanelState({
      transcript: { ...this.#reading.transcript, info: this.info },
      forest: this.services.catalog.forest(),
      agentName: this.#store.agent.name,
      capabilities: sessionCapabilities(this.#store.capabilities, this.info),
      live: this.live.state(),
      composer: this.#composer(),
      forking: this.#forking,
      ...this.#aside(),
      strings: vscode.l10n.bundle ?? {},
      ...(this.#result?.leftOut && { leftOut: this.#result.leftOut }),
    });
  }

  #aside(): Pick<PanelState, 'aside'> {
    const aside = this.side.shown;
    return aside ? { aside } : {};
  }

  #composer() {
    const options = this.live.options();
    return buildComposer({
      info: this.info,
      agentName: this.#store.agent.name,
      canGoOn: this.services.liveAgents.has(this.session.agent),
      capabilities: sessionCapabilities(this.#store.capabilities, this.info),
      ...(options && { options }),
      queue: this.live.queue(),
      ...(this.#draft && { draft: this.#draft }),
      t,
    });
  }

  #liveHost(): LiveHost {
    return {
      start: (observer, signal, signIn) =>
        this.#start({ ...this.session, ...(signIn !== undefined && { signIn }) }, observer, signal),
      sourceOptions: () => this.#sourceOptions(),
      idleMs: settings.idleMs,
      blocked,
      checkpoint: () => this.#checkpoint(),
      afterTurn: () => this.#afterTurn(),
      offerMode: (from, to) => modeNotice(from, to, this.info.lineage !== undefined, t),
      explain: (error) => failureNotice(error, this.#noticeFacts()),
      changed: (what) => this.mark(what),
      now: () => Date.now(),
    };
  }

  #sideHost(): SideHost {
    const { asides, log } = this.services;
    return {
      blocked: () => {
        const notice = blocked();
        return notice && toSentences(notice);
      },
      makeFork: (signal) => asides.open({ source: this.session, whenBusy: settings.whenBusy(), signal }),
      start: (...order) => this.#start(...order),
      shown: () => this.live.options(),
      explain: (error) => toSentences(failureNotice(error, this.#noticeFacts())),
      left: (error) => log.warn(`A fork made on the side is still there: ${errorText(error)}`),
      changed: () => this.mark('aside'),
      t,
    };
  }

  #sourceOptions(): SessionOptions | undefined {
    const { lineage } = this.info;
    return lineage && this.#peer(lineage.parent)?.live.options();
  }

  async #checkpoint(): Promise<boolean> {
    const order = { source: this.session, point: 'end', origin: 'panel', stay: true } as const;
    return (await this.services.commands.fork(order)) !== undefined;
  }

  #start(...[session, observer, signal]: Parameters<SideHost['start']>): ReturnType<SideHost['start']> {
    const agent = this.services.liveAgents.get(this.session.agent);
    if (!agent) {
      throw new Error(t('{0} sessions cannot be carried on here.', this.#store.agent.name));
    }
    return agent.open({ ...session, cwd: this.folder }, observer, signal);
  }

  async #afterTurn(): Promise<TurnOutcome> {
    const { catalog } = this.services;
    this.#reads++;
    const { transcript, grew } = await awaitGrowth(catalog, this.#sizes, () => this.#reading.fresh());
    this.#keep(transcript);
    this.mark('state');
    void catalog.refresh(this.session.agent);
    if (grew === 'astray') {
      return { astray: wroteToParentNotice(this.#noticeFacts()) };
    }
    return grew === 'own' ? 'stored' : 'notStored';
  }

  #noticeFacts(): NoticeFacts {
    const install = this.services.liveAgents.get(this.session.agent)?.install;
    return {
      agentName: this.agentName,
      ...(install && { install }),
      takesKey: this.#store.takesServerKey === true,
      stored: this.#reading.transcript.total,
      t,
    };
  }

  #keep(transcript: Transcript): void {
    this.#reading.keep(transcript);
    this.#sizes = sizesOf(this.services.catalog, transcript);
  }

  #dress(): void {
    this.view.title = titleOf(this.info);
    const isFork = this.info.lineage !== undefined && !isSubagentRun(this.info);
    this.view.iconPath = tabIcon(this.services.extensionUri, isFork ? 'fork' : 'session');
  }

  #toDraft(prompt: Prompt): Draft {
    const kept = this.#result?.messages ?? this.#reading.transcript.total;
    const source = this.#result?.forkedFrom.title ?? titleOf(this.info);
    const note = t('From message {0} of {1}. Nothing is sent yet.', kept + 1, source);
    return { text: prompt.text, attachments: prompt.attachments, note };
  }

  #setForking(forking: boolean): void {
    this.#forking = forking;
    this.post({ type: 'forking', forking });
  }
}

/** No agent is started in a folder that is not trusted. */
const blocked = (): Notice | undefined => (vscode.workspace.isTrusted ? undefined : untrustedNotice(t));

const toSentences = ({ title, text }: Notice): string =>
  text === '' || text === title ? title : `${title}. ${text}`;

function tabIcon(extension: vscode.Uri, name: 'fork' | 'session'): { light: vscode.Uri; dark: vscode.Uri } {
  const picture = (theme: string): vscode.Uri =>
    vscode.Uri.joinPath(extension, 'media', `${name}-${theme}.svg`);
  return { light: picture('light'), dark: picture('dark') };
}
