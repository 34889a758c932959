import type {
  Attachment,
  Draft,
  FromPage,
  Message,
  MessageId,
  PanelState,
  SessionRef,
  ToPage,
} from '../protocol.ts';
import { joinStates, withEarlier, withLive } from './receive.ts';
import { useStrings } from './strings.ts';

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

/** Where the log stands: at its end, or this message's top so many px below the log's top. */
export type Place = 'end' | { readonly message: MessageId; readonly top: number };

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

const emptyDraft: Draft = { text: '', attachments: [], note: '' };

/** The page's one object: what the host told, and the view state that only the page knows. */
export class Page {
  readonly #host: Host;
  readonly #draw: () => void;
  readonly #open = new Map<string, boolean>();
  #scheduled = false;
  state: PanelState | undefined;
  composer: Draft;
  place: Place;
  menu: Menu | undefined;
  map = false;
  /** The log's row that has the tab stop. */
  focused: string | undefined;
  /** The slash command that Enter would choose. */
  command = 0;
  /** Set once: the message to scroll to as soon as it is drawn. */
  target: MessageId | undefined;
  /** Set once: the composer takes the focus as soon as it is drawn. */
  wantsComposer = false;
  /** A stretch of earlier messages was asked for. */
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
      requestAnimationFrame(() => {
        this.#scheduled = false;
        this.#draw();
      });
    }
  }

  /** Draws stored messages too. */
  redraw(): void {
    this.epoch++;
    this.update();
  }

  receive(message: ToPage): void {
    if (message.type !== 'live' && message.type !== 'composer') {
      this.epoch++;
    }
    switch (message.type) {
      case 'state':
        this.#receiveState(message.state);
        break;
      case 'live':
        this.#change((state) => withLive(state, message.live, message.kept));
        break;
      case 'composer':
        this.#change((state) => ({ ...state, composer: message.composer }));
        break;
      case 'forking':
        this.#change((state) => ({ ...state, forking: message.forking }));
        break;
      case 'page':
        this.loading = false;
        this.#change((state) => withEarlier(state, message.first, message.messages));
        break;
      case 'reveal':
        this.target = message.message;
        break;
      case 'compose':
        this.compose(message.text, message.attachments);
        break;
    }
    this.update();
  }

  isOpen(key: string, normally = false): boolean {
    return this.#open.get(key) ?? normally;
  }

  toggle(key: string, normally = false): void {
    this.#open.set(key, !this.isOpen(key, normally));
    this.redraw();
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
    this.command = 0;
    this.save();
    this.update();
  }

  send(): void {
    const { text, attachments } = this.composer;
    if (text.trim() !== '' && this.state?.composer.enabled) {
      this.post({ type: 'prompt', text, attachments });
      this.place = 'end';
      this.write(emptyDraft);
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

  /** All messages drawn, those of the running turn last, with the number of the first. */
  messages(): readonly Message[] {
    return this.state ? [...this.state.messages, ...this.state.live.turn] : [];
  }

  #receiveState(next: PanelState): void {
    useStrings(next.strings);
    this.state = joinStates(this.state, next);
    this.loading = false;
    if (next.composer.draft) {
      this.composer = next.composer.draft;
      this.wantsComposer = true;
    }
    this.save();
  }

  #change(change: (state: PanelState) => PanelState): void {
    this.state = this.state && change(this.state);
  }
}
