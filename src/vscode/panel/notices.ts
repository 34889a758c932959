import { errorText, SessionForksError } from '../../core/errors.ts';
import type { Choice, InstallAdvice } from '../../core/liveAgent.ts';
import { SignInMethods } from '../../core/signIn.ts';
import type { Notice } from '../../protocol.ts';
import type { Translate } from './words.ts';

/** What a notice about the agent speaks of. */
export interface NoticeFacts {
  readonly agentName: string;
  readonly install?: InstallAdvice;
  /** The agent's server may want a key of the person's. */
  readonly takesKey: boolean;
  /** How many messages the store holds. */
  readonly stored: number;
  readonly t: Translate;
}

/** What to tell, and what can be done, when the agent failed to start, ended, or refused a prompt. */
export function failureNotice(error: unknown, facts: NoticeFacts): Notice {
  const code = error instanceof SessionForksError ? error.code : undefined;
  switch (code) {
    case 'agent_missing':
      return facts.install?.server ? notRunning(facts, facts.install) : missing(facts);
    case 'too_many_agents':
      return tooMany(error, facts);
    case 'sign_in_needed':
      return signIn(error, facts);
    case 'out_of_credit':
      return outOfCredit(error, facts);
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

function notRunning({ agentName, t }: NoticeFacts, { command }: InstallAdvice): Notice {
  return {
    kind: 'error',
    icon: 'debug-disconnect',
    title: t('{0} is not running', agentName),
    text: t('You can read here. To go on, start its server:'),
    command,
    actions: [
      { id: 'installInTerminal', label: t('Start in Terminal') },
      { id: 'setPath', label: t('Set Address…') },
      { id: 'checkAgain', label: t('Check Again') },
    ],
  };
}

function signIn(error: unknown, { agentName, takesKey, t }: NoticeFacts): Notice {
  const cause = error instanceof SessionForksError ? error.cause : undefined;
  const methods = cause instanceof SignInMethods ? cause.methods : [];
  const choices = methods.map(({ id, name, description }) => ({
    id,
    name,
    ...(description && { description }),
  }));
  const said = choices.length > 0 ? t('{0} asks for one of these.', agentName) : errorText(error);
  const checkAgain = { id: 'checkAgain', label: t('Check Again') } as const;
  const inTerminal = { id: 'resumeInTerminal', label: t('Sign In in Terminal') } as const;
  const setKey = { id: 'setKey', label: t('Set Key…') } as const;
  return {
    kind: 'error',
    icon: 'account',
    title: t('Sign in to {0}', agentName),
    text: `${said} ${t('Session Forks never sees your key.')}`,
    ...(choices.length > 0 && { choices }),
    actions: choices.length > 0 ? [checkAgain] : [takesKey ? setKey : inTerminal, checkAgain],
  };
}

function outOfCredit(error: unknown, { t }: NoticeFacts): Notice {
  return {
    kind: 'error',
    icon: 'credit-card',
    title: t('Out of credit'),
    text: errorText(error),
    actions: [
      { id: 'retry', label: t('Retry') },
      { id: 'forkForModel', label: t('Fork and Change Model') },
    ],
  };
}

/** Asks whether the session shall run in `from` again, which asks for nothing; it runs in `to` now. */
export const modeNotice = (from: Choice, to: Choice, isFork: boolean, t: Translate): Notice => ({
  kind: 'warning',
  icon: 'shield',
  title: isFork
    ? t('This fork starts in {0}; the source ran in {1}.', to.name, from.name)
    : t('This session starts in {0}; it ran in {1} before.', to.name, from.name),
  text: t('In {0} the agent asks for nothing.', from.name),
  actions: [
    { id: 'dismiss', label: t('Keep') },
    { id: 'takeOffer', label: t('Use {0}', from.name) },
  ],
});

function tooMany(error: unknown, { agentName, t }: NoticeFacts): Notice {
  return {
    kind: 'warning',
    icon: 'server-process',
    title: t('{0} was not started: too many agents run', agentName),
    text: `${errorText(error)} ${t('Close a panel, end the agents that have nothing to do, or raise the limit.')}`,
    actions: [
      { id: 'endIdle', label: t('End Idle Agents') },
      { id: 'retry', label: t('Retry') },
      { id: 'setLimit', label: t('Change Limit…') },
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
    title: t('{0} could not go on', agentName),
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
