// Commands without the extension around them: sessions in memory, and a note of what would be shown.
import { mock } from 'node:test';
import * as vscode from 'vscode';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { type SessionId, type SessionInfo, type SessionRef, sessionKey } from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import type { Services } from '../../src/vscode/services.ts';
import { SessionTree } from '../../src/vscode/tree/sessionTree.ts';
import { MemoryStore } from '../unit/support/memoryStore.ts';
import { workspaceFolder } from './sampleHome.ts';

export interface Scene {
  readonly store: MemoryStore;
  readonly services: Services;
  readonly tree: SessionTree;
  /** What was shown, in order: "tree child-1", "panel child-1", "closed child-1". */
  readonly shown: string[];
  /** The lines of the log. */
  readonly logged: string[];
  ref(id: SessionId): SessionRef;
  /** A session as it is stored now. */
  stored(id: SessionId): Promise<SessionInfo | undefined>;
}

/**
 * A store in memory with the services above it. `add` fills the store; `cwd` is the workspace unless it says another.
 * `others` are stores of other agents.
 */
export async function makeScene(
  add: (store: MemoryStore, here: string) => void,
  others: readonly SessionStore[] = [],
): Promise<Scene> {
  const store = new MemoryStore();
  add(store, workspaceFolder());
  const catalog = new Catalog([store, ...others]);
  await catalog.refresh();
  const shown: string[] = [];
  const logged: string[] = [];
  const note = (what: string) => async (session: SessionRef) => void shown.push(`${what} ${session.id}`);
  const services: Partial<Services> = {
    catalog,
    forkService: new ForkService(catalog),
    listed: async () => undefined,
    made: [],
  };
  const tree = new SessionTree(async () => services as Services);
  let clicked: SessionRef | undefined;
  Object.assign(services, {
    log: { info: (text: string) => logged.push(text), warn: () => undefined, error: () => undefined },
    panels: { open: note('panel'), closeFor: note('closed') },
    tree: {
      show: (session: SessionRef) => {
        clicked = session;
        return note('tree')(session);
      },
      showLater: note('tree'),
      selected: () => undefined,
      clicked: async () => clicked,
      get filter() {
        return tree.filter;
      },
      setFilter: tree.setFilter.bind(tree),
    },
  });
  const ref = (id: SessionId): SessionRef => ({ agent: store.agent.id, id });
  const stored = async (id: SessionId): Promise<SessionInfo | undefined> =>
    (await store.list()).sessions.find((info) => sessionKey(info.ref) === sessionKey(ref(id)));
  return { store, services: services as Services, tree, shown, logged, ref, stored };
}

type Said = 'showInformationMessage' | 'showWarningMessage';

/** Answers VS Code's messages of this kind from now on; gives what they said, each with its buttons. */
export function answering(kind: Said, answer: string | undefined): readonly string[] {
  const said: string[] = [];
  mock.method(vscode.window, kind, async (text: string, ...rest: readonly unknown[]) => {
    const buttons = rest.filter((button) => typeof button === 'string');
    said.push([text, ...buttons.map((button) => `[${button}]`)].join(' '));
    return buttons.find((button) => button === answer);
  });
  return said;
}
