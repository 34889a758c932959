import type { Attachment, Draft, FromPage, Hit, Message, PanelState, SessionRef } from '../protocol.ts';
import { emptyDraft, isLarge, newWriting, type Writing } from './composerWriting.ts';
import type { Find } from './findState.ts';
import { heldOf } from './receive.ts';
import { rowsOf } from './rows.ts';
import type { Stretch } from './virtual.ts';

/** What VS Code gives to a webview's page. */
export interface Host {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: Saved): void;
}

/** What outlives the page: which session it shows, and what the person was writing and reading. */
export interface Saved {
  readonly session: SessionRef;
  readonly composer: Draft;
  readonly place: Place;
}

/** Where the log stands: at its end, or the top of the message at `index` so many px below the log's top. */
export type Place = 'end' | { readonly index: number; readonly top: number };

/** The message (its index in the session) to scroll to, and the hit in it. */
export interface Target {
  readonly index: number;
  readonly focus: boolean;
  /** In its place the fork point that follows it is shown, so many px below the log's top. */
  readonly top?: number;
  readonly hit?: Hit;
}

/** One entry of a menu that floats over the panel. */
export interface MenuItem {
  readonly label: string;
  readonly detail?: string;
  readonly icon?: string;
  readonly chosen?: boolean;
  readonly choose: () => void;
}

export interface Menu {
  readonly label: string;
  readonly anchor: Element;
  readonly items: readonly MenuItem[];
}

/** A draft with large images is kept when the person pauses for so long, in ms, not with every letter. */
const largeSaveMs = 400;

/** The page's one object: what the host told, and the view state that only the page knows. */
export class Page {
  readonly #host: Host;
  readonly #draw: () => void;
  readonly #open = new Map<string, boolean>();
  #scheduled = false;
  #saving: number | undefined;
  state: PanelState | undefined;
  composer: Draft;
  place: Place;
  menu: Menu | undefined;
  map = false;
  /** The log's row that has the tab stop. */
  focused: string | undefined;
  /** The index of its message: when it is not drawn, the log itself has the tab stop. */
  focusedAt: number | undefined;
  /** The messages to draw, by their index in the session; those of the running turn come last. */
  drawn: Stretch = { from: 0, to: 0 };
  find: Find | undefined;
  readonly writing: Writing = newWriting();
  /** Set once: the message to scroll to as soon as it is drawn. */
  target: Target | undefined;
  /** A new fork's first own message has just come: the lane below the fork point draws in. */
  arriving = false;
  /** Set once: the composer takes the focus as soon as it is drawn. */
  wantsComposer = false;
  /** Set once: the agent was started for this list of its choices. Who writes meanwhile has turned to something else. */
  wantsChoice: 'setMode' | 'setModel' | undefined;
  /** A stretch of messages was asked for. */
  loading = false;
  /** What the polite live region says. */
  said = '';
  /** Grows with every change that stored messages are drawn from; a running turn leaves it alone. */
  epoch = 0;

  constructor(host: Host, draw: () => void, saved: Saved | undefined) {
    this.#host = host;
    this.#draw = draw;
    this.composer = saved?.composer ?? emptyDraft;
    this.place = saved?.place ?? 'end';
  }

  post(message: FromPage): void {
    this.#host.postMessage(message);
  }

  /** Draws in the next frame, once for all changes until then. */
  update(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      requestAnimationFrame(() => this.settle());
    }
  }

  /** Draws at once what waits for the next frame: the next key is meant for what the person sees then. */
  settle(): void {
    if (this.#scheduled) {
      this.#scheduled = false;
      this.#draw();
    }
  }

  /** Draws stored messages too. */
  redraw(): void {
    this.epoch++;
    this.update();
  }

  isOpen(key: string, normally = false): boolean {
    return this.#open.get(key) ?? normally;
  }

  toggle(key: string, normally = false): void {
    this.#open.set(key, !this.isOpen(key, normally));
    this.redraw();
  }

  /** What the person opened of a turn stays open once it is stored: there its messages and calls may bear other ids. */
  keepOpen(turn: readonly Message[], stored: readonly Message[]): void {
    for (const kind of ['thinking', 'tool'] as const) {
      const twins = rowsOf(stored, kind);
      for (const [at, key] of rowsOf(turn, kind).entries()) {
        const [isOpen, twin] = [this.#open.get(key), twins[at]];
        if (isOpen !== undefined && twin !== undefined) {
          this.#open.set(twin, isOpen);
        }
      }
    }
  }

  /** Opens what is folded; to call before a draw. */
  unfold(key: string): void {
    if (!this.isOpen(key)) {
      this.#open.set(key, true);
      this.epoch++;
    }
  }

  /** Adds to the composer. */
  compose(text: string, attachments: readonly Attachment[]): void {
    this.wantsComposer = true;
    const { composer } = this;
    const gap = composer.text === '' || /\s$/.test(composer.text) || text === '' ? '' : ' ';
    this.write({
      ...composer,
      text: composer.text + gap + text,
      attachments: [...composer.attachments, ...attachments],
    });
  }

  write(composer: Draft): void {
    this.composer = composer;
    this.wantsChoice = undefined;
    Object.assign(this.writing, { chosen: 0, closed: false, remark: '' });
    this.saveSoon();
    this.update();
  }

  /** At once, so that a window which is closed in this moment loses nothing; with a large draft once things rest. */
  saveSoon(): void {
    clearTimeout(this.#saving);
    this.#saving = isLarge(this.composer) ? window.setTimeout(() => this.save(), largeSaveMs) : undefined;
    if (this.#saving === undefined) {
      this.save();
    }
  }

  showMenu(menu: Menu | undefined): void {
    this.menu = menu;
    this.update();
  }

  save(): void {
    if (this.state) {
      this.#host.setState({ session: this.state.session, composer: this.composer, place: this.place });
    }
  }

  /** The messages that the page holds, those of the running turn last when the stored ones reach up to it. */
  messages(): readonly Message[] {
    const { state } = this;
    const toEnd = state && heldOf(state).to === state.total;
    return state ? [...state.messages, ...(toEnd ? state.live.turn : [])] : [];
  }

  /** The indexes of `messages()` in the session. */
  get held(): Stretch {
    const from = this.state?.first ?? 0;
    return { from, to: from + this.messages().length };
  }

  /** How many messages the session has, those of the running turn included. */
  get count(): number {
    return this.state ? this.state.total + this.state.live.turn.length : 0;
  }
}
