import type * as vscode from 'vscode';
import type { AsideForks } from '../core/asideForks.ts';
import type { Catalog, ForkOrigin } from '../core/catalog.ts';
import type { ForkResult, ForkService } from '../core/forkService.ts';
import type { LiveAgent, PromptInput } from '../core/liveAgent.ts';
import type { AgentId, ForkPoint, MessageId, SessionRef } from '../core/model.ts';
import type { ServerKeys } from './serverKeys.ts';

/** The webview type of the chat panel, by which VS Code restores it after a reload. */
export const panelViewType = 'sessionForks.chat';

/** What every feature of the VS Code side works with. Made on first use, never at activation. */
export interface Services {
  readonly extensionUri: vscode.Uri;
  readonly globalState: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
  readonly catalog: Catalog;
  readonly forkService: ForkService;
  readonly panels: Panels;
  readonly serverKeys: ServerKeys;
  readonly tree: TreeDoor;
  readonly commands: SessionCommands;
  /** The forks made in this window, newest last, for Undo Fork. */
  readonly made: ForkResult[];
  /** Lists all sessions once, at the first call; samples that were asked for are put in place before. */
  listed(): Promise<void>;
  /** Puts the sample sessions in place, now and at every later start. */
  openSamples(): Promise<void>;
}

/** Gives the services, made at the first call. */
export type LoadServices = () => Promise<Services>;

/** What the chat panels are made from. Live agents are loaded with them, not before. */
export interface PanelServices {
  readonly extensionUri: vscode.Uri;
  readonly globalState: vscode.Memento;
  readonly workspaceState: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
  readonly catalog: Catalog;
  readonly forkService: ForkService;
  readonly asides: AsideForks;
  readonly liveAgents: ReadonlyMap<AgentId, LiveAgent>;
  readonly commands: SessionCommands;
}

/** What commands ask of the tree view. */
export interface TreeDoor {
  /** Shows and selects the session, its parents expanded; opens the view if need be. */
  show(session: SessionRef): Promise<void>;
  /** As `show` when the view is visible, else as soon as it is. */
  showLater(session: SessionRef): Promise<void>;
  /** The session whose row is selected in the visible view. */
  selected(): SessionRef | undefined;
  /** The same for a row that was clicked just now. */
  clicked(): Promise<SessionRef | undefined>;
  /** All sessions whose rows are selected in the visible view, in the order of their selection. */
  selection(): readonly SessionRef[];
  readonly filter: TreeFilter;
  setFilter(filter: Partial<TreeFilter>): void;
}

/** What the tree shows. */
export interface TreeFilter {
  /** Only these agents; empty: all. */
  readonly agents: readonly AgentId[];
  readonly archived: boolean;
  /** Sessions of other folders although this folder has none. */
  readonly otherFolders: boolean;
}

/** The chat panels, one a session. */
export interface Panels {
  /** Opens the session's panel or brings it to the front. */
  open(session: SessionRef, options?: PanelOptions): Promise<void>;
  /** Closes the session's panel, if it is open: the session is deleted. */
  closeFor(session: SessionRef): void;
  /** Fills a panel that VS Code restored after a reload. `state` is what the page kept, unchecked. */
  restore(panel: vscode.WebviewPanel, state: unknown): Promise<void>;
  dispose(): void;
}

export interface PanelOptions {
  readonly reveal?: MessageId;
  /** Px from the top of the log to the fork point, which follows the revealed message and gets the focus. */
  readonly top?: number;
  /** The prompt to put in the composer, unsent. */
  readonly draft?: PromptInput;
  /** The fork that has just been made and is opened now. */
  readonly result?: ForkResult;
}

/** What to fork, as a command says it. With `point` nothing is asked. */
export interface ForkCommand {
  readonly source: SessionRef;
  readonly point?: ForkPoint;
  readonly title?: string;
  readonly origin?: ForkOrigin;
  /** The person goes on in the source: the child is told of, but neither shown nor opened. */
  readonly stay?: boolean;
}

/** What can be done with a session from anywhere. None of them throws: each shows its error to the person. */
export interface SessionCommands {
  /** Forks with progress, shows the child in the tree, opens its panel. Undefined: it failed or was cancelled. */
  fork(request: ForkCommand): Promise<ForkResult | undefined>;
  open(session: SessionRef, message?: MessageId, top?: number): Promise<void>;
  openTranscript(session: SessionRef, message?: MessageId): Promise<void>;
  showInTree(session: SessionRef): Promise<void>;
  rename(session: SessionRef): Promise<void>;
  remove(session: SessionRef): Promise<void>;
  /** Takes the last fork made in this window back. */
  undoFork(): Promise<void>;
  resumeInTerminal(session: SessionRef): Promise<void>;
  copyResumeCommand(session: SessionRef): Promise<void>;
  openSetting(setting: string): Promise<void>;
  showLog(): Promise<void>;
}
