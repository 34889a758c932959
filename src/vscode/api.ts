import * as vscode from 'vscode';
import type { ForkEvent } from '../core/catalog.ts';
import { SessionForksError } from '../core/errors.ts';
import type { ForkRequest, ForkResult } from '../core/forkService.ts';
import { isSession } from './commands/commandTypes.ts';
import type { LoadServices, Services } from './services.ts';
import { t } from './words.ts';

/** What other extensions get from `activate`. */
export interface SessionForksApi {
  readonly version: 1;
  /** Forks without any dialog. Rejects with an error whose `code` is one of `ErrorCode`. */
  forkSession(request: Omit<ForkRequest, 'origin'>): Promise<ForkResult>;
  /** Fires once per fork, also for forks that other programs made, from the first use of Session Forks on. */
  readonly onDidFork: vscode.Event<ForkEvent>;
}

/** The API, and where it learns of the services once they exist. */
export function createApi(load: LoadServices): {
  readonly api: SessionForksApi;
  readonly follow: (services: Services) => vscode.Disposable;
} {
  const forks = new vscode.EventEmitter<ForkEvent>();
  const api: SessionForksApi = {
    version: 1,
    forkSession: async (request) => {
      // Callers may be plain JavaScript.
      if (!isSession(request?.source)) {
        throw new SessionForksError('no_source', t('Say which session to fork.'));
      }
      const services = await load();
      await services.listed();
      return services.forkService.fork({ ...request, origin: 'api' });
    },
    onDidFork: forks.event,
  };
  return {
    api,
    follow: ({ catalog }) =>
      vscode.Disposable.from(
        forks,
        catalog.onDidFork((fork) => forks.fire(fork)),
      ),
  };
}
