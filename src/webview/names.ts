import type { Divider, Message, PanelState } from '../protocol.ts';
import type { Position } from './message.ts';
import { formatNumber, t } from './strings.ts';

/** "Conversation with Claude Code, Rotate tokens, fork at message 12 of Add OAuth login" */
export function logLabel(state: PanelState): string {
  const base = t('Conversation with {0}, {1}', state.agentName, state.title);
  const { divider } = state;
  if (!divider?.parent) {
    return base;
  }
  const origin =
    divider.kind === 'subagent'
      ? t('run of a subagent of {0}, read-only', divider.parent.title)
      : t('fork at message {0} of {1}', divider.messages, divider.parent.title);
  return `${base}, ${origin}`;
}

/** "Message 14 of 21, reply, own, 4 tool calls, 1 fork starts here" */
export function messageLabel({ state, message, index }: Position, number: number): string {
  const total = state.total + state.live.turn.length;
  const forks = index < state.messages.length ? (state.forksAt[String(number)] ?? []).length : 0;
  return [
    t('Message {0} of {1}', formatNumber(number), formatNumber(total)),
    message.kind === 'prompt' ? t('prompt') : t('reply'),
    number <= state.inherited ? t('inherited') : t('own'),
    toolCalls(callsOf(message)),
    forks === 0 ? '' : forks === 1 ? t('1 fork starts here') : t('{0} forks start here', forks),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** How many tools a message calls. */
export const callsOf = (message: Message): number =>
  message.kind === 'reply' ? message.parts.filter((part) => part.kind === 'tool').length : 0;

/** "4 tool calls"; empty for none. */
export function toolCalls(calls: number): string {
  if (calls === 0) {
    return '';
  }
  return calls === 1 ? t('1 tool call') : t('{0} tool calls', calls);
}

/** The divider's words around its link, e.g. "Forked from ", " at message 12". */
export function dividerWords({ kind, how, messages, parent }: Divider): readonly [string, string] {
  if (!parent && kind === 'subagent') {
    return [t('Run of a subagent; the session that started it is deleted'), ''];
  }
  if (!parent) {
    return [t('Forked at message {0}; its parent is deleted', messages), ''];
  }
  const [before = '', after = ''] = dividerPattern(kind, how, messages).split('{1}');
  return [before, after];
}

// The link's place is kept as {1}, so that a translation may put it anywhere.
function dividerPattern(kind: Divider['kind'], how: Divider['how'], messages: number): string {
  if (kind === 'subagent') {
    return t('Run of a subagent of {1}');
  }
  if (messages === 0) {
    return t('Forked from {1}, before its first message');
  }
  if (kind === 'rewound') {
    return t('Rewound to message {0} in {1}', messages);
  }
  return how === 'inferred'
    ? t('Probably forked from {1} at message {0}', messages)
    : t('Forked from {1} at message {0}', messages);
}
