import { errorText, SessionForksError } from '../../core/errors.ts';
import type { InstallAdvice } from '../../core/liveAgent.ts';
import type { Notice } from '../../protocol.ts';
import type { Translate } from './words.ts';

/** What a notice about the agent speaks of. */
export interface NoticeFacts {
  readonly agentName: string;
  readonly install?: InstallAdvice;
  /** How many messages the store holds. */
  readonly stored: number;
  readonly t: Translate;
}

/** What to tell, and what can be done, when the agent failed to start, ended, or refused a prompt. */
export function failureNotice(error: unknown, facts: NoticeFacts): Notice {
  const code = error instanceof SessionForksError ? error.code : undefined;
  switch (code) {
    case 'agent_missing':
      return missing(facts);
    case 'sign_in_needed':
      return signIn(error, facts);
    case 'agent_ended':
      return ended(error, facts);
    default:
      return refused(error, facts);
  }
}

function missing({ agentName, install, t }: NoticeFacts): Notice {
  return {
    kind: 'error',
    icon: 'plug',
    title: t('{0} is not installed', agentName),
    text: t('You can read and fork here. To go on, install it:'),
    ...(install && { command: install.command }),
    actions: [
      { id: 'installInTerminal', label: t('Install in Terminal') },
      { id: 'setPath', label: t('Set Path…') },
      { id: 'checkAgain', label: t('Check Again') },
    ],
  };
}

function signIn(error: unknown, { agentName, t }: NoticeFacts): Notice {
  return {
    kind: 'error',
    icon: 'account',
    title: t('Sign in to {0}', agentName),
    text: `${errorText(error)} ${t('Session Forks never sees your key.')}`,
    actions: [
      { id: 'resumeInTerminal', label: t('Sign In in Terminal') },
      { id: 'checkAgain', label: t('Check Again') },
    ],
  };
}

function ended(error: unknown, { stored, t }: NoticeFacts): Notice {
  return {
    kind: 'error',
    icon: 'error',
    title: errorText(error).replace(/\.$/, ''),
    text: t('The conversation is stored up to message {0}.', stored),
    actions: [
      { id: 'startAgain', label: t('Start Again') },
      { id: 'resumeInTerminal', label: t('Resume in Terminal') },
      { id: 'showLog', label: t('Show Log') },
    ],
  };
}

function refused(error: unknown, { agentName, t }: NoticeFacts): Notice {
  return {
    kind: 'error',
    icon: 'warning',
    title: t('{0} did not finish the turn', agentName),
    text: errorText(error),
    actions: [
      { id: 'retry', label: t('Retry') },
      { id: 'showLog', label: t('Show Log') },
    ],
  };
}

/** Reading works in a folder that is not trusted; no agent is started there. */
export const untrustedNotice = (t: Translate): Notice => ({
  kind: 'warning',
  icon: 'shield',
  title: t('This folder is not trusted'),
  text: t('Trust this folder to go on with the agent. Reading works without.'),
  actions: [{ id: 'manageTrust', label: t('Manage Trust') }],
});

/** Deleted by another program, or its folder cannot be read for a while: what was read stays in view. */
export const goneNotice = (t: Translate): Notice => ({
  kind: 'warning',
  icon: 'warning',
  title: t('This session is no longer stored'),
  text: t('What was read of it stays here until you close this tab.'),
  actions: [{ id: 'dismiss', label: t('Close') }],
});

/** The turn went into the session that this one was forked from: the worst that can happen, so the agent was ended. */
export const wroteToParentNotice = ({ agentName, t }: NoticeFacts): Notice => ({
  kind: 'error',
  icon: 'error',
  title: t('{0} wrote into the session this one was forked from', agentName),
  text: t('The turn is not in this fork. The agent was ended, so that nothing more goes astray.'),
  actions: [
    { id: 'resumeInTerminal', label: t('Resume in Terminal') },
    { id: 'showLog', label: t('Show Log') },
  ],
});
