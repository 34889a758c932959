import * as vscode from 'vscode';
import type { Catalog } from '../../core/catalog.ts';
import type { ForkResult } from '../../core/forkService.ts';
import type { PromptInput } from '../../core/liveAgent.ts';
import type { Message, MessageId } from '../../core/model.ts';
import type { ComposerState, Draft, PanelState, ToPage } from '../../protocol.ts';
import type { PanelOptions } from '../services.ts';
import { buildComposer } from './composerState.ts';
import { Gather } from './gather.ts';
import type { LiveController } from './live.ts';
import type { SessionAtRest } from './sessionAtRest.ts';
import type { SideQuestion } from './sideQuestion.ts';
import { buildPanelState, keptMessages, titleOf } from './state.ts';

const t = vscode.l10n.t;

/** What the page is told of, each with its own message. */
export type Changed = 'state' | 'live' | 'composer' | 'aside';

/** What the page's news is made of. */
export interface TellerParts {
  readonly catalog: Catalog;
  readonly stored: SessionAtRest;
  readonly live: LiveController;
  readonly side: SideQuestion;
  /** A live agent for this session is known. */
  readonly canGoOn: boolean;
  post(message: ToPage): void;
}

/** Tells the page what it draws: all of it, or only what changed since it was told last. */
export class PageTeller {
  readonly #parts: TellerParts;
  readonly #gather = new Gather<Changed>((changed) => this.#tell(changed));
  #result: ForkResult | undefined;
  #draft: Draft | undefined;
  #reveal: Pick<PanelOptions, 'reveal' | 'top'> = {};
  #forking = false;
  #posted: readonly Message[] = [];

  constructor(parts: TellerParts) {
    this.#parts = parts;
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
  open(): void {
    this.#gather.open();
    this.mark('state');
  }

  /** The page is gone; another one may come. */
  pause(): void {
    this.#gather.pause();
  }

  close(): void {
    this.#gather.close();
  }

  mark(what: Changed): void {
    this.#gather.mark(what);
  }

  /** Lets the page show the message at `index` (from 0), if there is one; `top` as in `PanelOptions`. */
  show(index: number | undefined, top?: number): void {
    if (index !== undefined && index >= 0) {
      this.#parts.post({ type: 'reveal', index, ...(top !== undefined && { top }) });
    }
  }

  /** Runs a fork with the page's verbs switched off; undefined while another one runs. */
  async whileForking<Made>(fork: () => Promise<Made>): Promise<Made | undefined> {
    if (this.#forking) {
      return undefined;
    }
    this.#setForking(true);
    try {
      return await fork();
    } finally {
      this.#setForking(false);
    }
  }

  #tell(changed: ReadonlySet<Changed>): void {
    if (changed.has('state')) {
      this.#postState();
      return;
    }
    // First: what an agent offers is known when the page hears that it runs.
    if (changed.has('composer')) {
      this.#parts.post({ type: 'composer', composer: this.#composer() });
    }
    if (changed.has('live')) {
      this.#postLive();
    }
    if (changed.has('aside')) {
      this.#parts.post({ type: 'aside', ...this.#aside() });
    }
  }

  #postState(): void {
    const state = this.#state();
    this.#posted = state.live.turn;
    this.#parts.post({ type: 'state', state });
    this.#draft = undefined;
    const { reveal, top } = this.#reveal;
    this.#reveal = {};
    if (reveal) {
      void this.#showMessage(reveal, top);
    }
  }

  #postLive(): void {
    const live = this.#parts.live.state();
    const kept = keptMessages(this.#posted, live.turn);
    this.#posted = live.turn;
    this.#parts.post({ type: 'live', live: { ...live, turn: live.turn.slice(kept) }, kept });
  }

  async #showMessage(message: MessageId, top: number | undefined): Promise<void> {
    this.show(await this.#parts.stored.reading.indexOf(message), top);
  }

  #state(): PanelState {
    const { stored, catalog, live } = this.#parts;
    return buildPanelState({
      transcript: { ...stored.transcript, info: stored.info },
      forest: catalog.forest(),
      agentName: stored.agentName,
      capabilities: stored.capabilities,
      live: live.state(),
      composer: this.#composer(),
      forking: this.#forking,
      ...this.#aside(),
      strings: vscode.l10n.bundle ?? {},
      ...(this.#result?.leftOut && { leftOut: this.#result.leftOut }),
    });
  }

  #aside(): Pick<PanelState, 'aside'> {
    const aside = this.#parts.side.shown;
    return aside ? { aside } : {};
  }

  #composer(): ComposerState {
    const { stored, live, canGoOn } = this.#parts;
    const options = live.options();
    return buildComposer({
      info: stored.info,
      agentName: stored.agentName,
      canGoOn,
      capabilities: stored.capabilities,
      ...(options && { options }),
      queue: live.queue(),
      ...(this.#draft && { draft: this.#draft }),
      t,
    });
  }

  #toDraft(prompt: PromptInput): Draft {
    const { stored } = this.#parts;
    const kept = this.#result?.messages ?? stored.transcript.total;
    const source = this.#result?.forkedFrom.title ?? titleOf(stored.info);
    const note = t('From message {0} of {1}. Nothing is sent yet.', kept + 1, source);
    return { text: prompt.text, attachments: prompt.attachments, note };
  }

  #setForking(forking: boolean): void {
    this.#forking = forking;
    this.#parts.post({ type: 'forking', forking });
  }
}
