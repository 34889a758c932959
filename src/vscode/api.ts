import * as vscode from 'vscode';
import type { ForkEvent, ForkOrigin } from '../core/catalog.ts';
import type { ForkResult, WhenBusy } from '../core/forkService.ts';
import type { SessionInfo } from '../core/model.ts';
import type { LoadServices, Services } from './services.ts';

/** A session as other extensions name it. */
export interface ApiSession {
  readonly agent: string;
  readonly id: string;
}

export interface ApiForkRequest {
  readonly source: ApiSession;
  /** After a reply, before a prompt, so many messages from the start, or all finished turns, which is the default. */
  readonly point?:
    | { readonly after: string }
    | { readonly before: string }
    | { readonly keep: number }
    | 'end';
  readonly title?: string;
  readonly whenBusy?: WhenBusy;
  readonly signal?: AbortSignal;
}

/** Told once for each fork. `forkPoint` is how many messages it kept. */
export interface ApiForkEvent {
  readonly source: ApiSession;
  readonly child: ApiSession;
  readonly title: string;
  readonly forkPoint: number;
  readonly origin: ForkOrigin;
}

/** What other extensions get from `activate`. Every rejection has a `code`, one of `ErrorCode`; none shows any UI. */
export interface SessionForksApi {
  readonly version: 1;
  /** Forks without any dialog and opens nothing. */
  forkSession(request: ApiForkRequest): Promise<ForkResult>;
  /** All sessions as they are stored now, newest first; of one agent, of one folder and those below it. */
  listSessions(filter?: { readonly agent?: string; readonly cwd?: string }): Promise<readonly SessionInfo[]>;
  /** Opens the session's chat panel, at a message if one is named. */
  openSession(session: ApiSession, options?: { readonly message?: string }): Promise<void>;
  /** Fires once per fork, also for forks that other programs made, from the first use of Session Forks on. */
  readonly onDidFork: vscode.Event<ApiForkEvent>;
}

/** The API, and where it learns of the services once they exist. */
export function createApi(load: LoadServices): {
  readonly api: SessionForksApi;
  readonly follow: (services: Services) => vscode.Disposable;
} {
  const forks = new vscode.EventEmitter<ApiForkEvent>();
  const api: SessionForksApi = {
    version: 1,
    forkSession: async (request) => (await import('./doors/apiCalls.ts')).forkSession(load, request),
    listSessions: async (filter) => (await import('./doors/apiCalls.ts')).listSessions(load, filter),
    openSession: async (session, options) =>
      (await import('./doors/apiCalls.ts')).openSession(load, session, options),
    onDidFork: forks.event,
  };
  return {
    api,
    follow: ({ catalog }) =>
      vscode.Disposable.from(
        forks,
        catalog.onDidFork((fork) => forks.fire(eventOf(fork))),
      ),
  };
}

const eventOf = ({ source, child, title, messages, origin }: ForkEvent): ApiForkEvent => ({
  source,
  child,
  title,
  forkPoint: messages,
  origin,
});
