import * as vscode from 'vscode';
import { errorText } from '../../core/errors.ts';
import type { SessionOptions } from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import type { Notice } from '../../protocol.ts';
import type { PanelServices } from '../services.ts';
import { settings } from '../settings.ts';
import { keepQueue, keptQueue } from './keptQueue.ts';
import type { LiveHost, TurnOutcome } from './liveHost.ts';
import {
  failureNotice,
  modeNotice,
  type NoticeFacts,
  untrustedNotice,
  wroteToParentNotice,
} from './notices.ts';
import type { Changed } from './pageTeller.ts';
import type { SessionAtRest } from './sessionAtRest.ts';
import type { SideHost } from './sideQuestion.ts';

const t = vscode.l10n.t;

/** What a panel has to lend. */
export interface Lender {
  readonly services: PanelServices;
  readonly stored: SessionAtRest;
  /** What the panel of a session shows, as far as it is open. */
  optionsOf(session: SessionRef): SessionOptions | undefined;
  mark(what: Changed): void;
}

/** What the panel's live side borrows. */
export function lendToLive(lender: Lender): LiveHost {
  const { stored } = lender;
  const { workspaceState } = lender.services;
  return {
    start: (observer, signal, signIn) =>
      start(lender, { ...stored.ref, ...(signIn !== undefined && { signIn }) }, observer, signal),
    sourceOptions: () => {
      const { lineage } = stored.info;
      return lineage && lender.optionsOf(lineage.parent);
    },
    idleMs: settings.idleMs,
    blocked,
    keptQueue: () => keptQueue(workspaceState, stored.ref, stored.transcript.total),
    keepQueue: (queue, running) =>
      void keepQueue(workspaceState, stored.ref, {
        queue,
        ...(running && { running, stored: stored.transcript.total }),
      }),
    checkpoint: () => checkpoint(lender),
    afterTurn: () => afterTurn(lender),
    offerMode: (from, to) => modeNotice(from, to, stored.info.lineage !== undefined, t),
    explain: (error) => {
      lender.services.log.warn(`${stored.agentName}: ${errorText(error)}`);
      return failureNotice(error, noticeFacts(lender));
    },
    changed: (what) => lender.mark(what),
    now: () => Date.now(),
  };
}

/** What the question on the side borrows; `shown` are the modes and models of its panel. */
export function lendToSide(lender: Lender, shown: SideHost['shown']): SideHost {
  const { asides, log } = lender.services;
  return {
    blocked: () => {
      const notice = blocked();
      return notice && toSentences(notice);
    },
    makeFork: (signal) => asides.open({ source: lender.stored.ref, whenBusy: settings.whenBusy(), signal }),
    start: (...order) => start(lender, ...order),
    shown,
    explain: (error) => toSentences(failureNotice(error, noticeFacts(lender))),
    left: (error) => log.warn(`A fork made on the side is still there: ${errorText(error)}`),
    changed: () => lender.mark('aside'),
    t,
  };
}

function start(
  { services, stored }: Lender,
  ...[session, observer, signal]: Parameters<SideHost['start']>
): ReturnType<SideHost['start']> {
  const agent = services.liveAgents.get(stored.ref.agent);
  if (!agent) {
    throw new Error(t('{0} sessions cannot be carried on here.', stored.agentName));
  }
  return agent.open({ ...session, cwd: stored.folder }, observer, signal);
}

async function checkpoint({ services, stored }: Lender): Promise<boolean> {
  const order = { source: stored.ref, point: 'end', origin: 'panel', stay: true } as const;
  return (await services.commands.fork(order)) !== undefined;
}

async function afterTurn(lender: Lender): Promise<TurnOutcome> {
  const { services, stored } = lender;
  const grew = await stored.readTurn();
  lender.mark('state');
  void services.catalog.refreshSession(stored.ref);
  if (grew === 'astray') {
    return { astray: wroteToParentNotice(noticeFacts(lender)) };
  }
  return grew === 'own' ? 'stored' : 'notStored';
}

function noticeFacts({ services, stored }: Lender): NoticeFacts {
  const install = services.liveAgents.get(stored.ref.agent)?.install;
  return {
    agentName: stored.agentName,
    ...(install && { install }),
    takesKey: stored.store.takesServerKey === true,
    stored: stored.transcript.total,
    t,
  };
}

/** No agent is started in a folder that is not trusted. */
const blocked = (): Notice | undefined => (vscode.workspace.isTrusted ? undefined : untrustedNotice(t));

const toSentences = ({ title, text }: Notice): string =>
  text === '' || text === title ? title : `${title}. ${text}`;
