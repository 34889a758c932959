import type { Message, Transcript } from '../../core/model.ts';
import { messageName } from '../messageWords.ts';
import { forkMark } from '../sessionWords.ts';
import { dotted, duration, messagesText, number, t } from '../words.ts';
import { problemNote, type RenderedTranscript, renderMessages } from './render.ts';
import { safeInline } from './safeMarkdown.ts';

/** What one side of a comparison says of the session. `now` in ms since 1970. */
export interface ComparisonFacts {
  readonly name: string;
  readonly now: number;
  /** Absent when the two sessions stand in different trees. */
  readonly common?: { readonly messages: number; readonly ancestor: string };
}

/**
 * One side of a comparison: the messages that the other session does not have. Headings bear neither time nor model, so
 * that equal messages are equal lines.
 */
export function renderComparison(whole: Transcript, facts: ComparisonFacts): RenderedTranscript {
  const from = facts.common?.messages ?? 0;
  const messages = whole.messages.filter((_, index) => whole.first + index >= from);
  const own = { ...whole, messages, first: Math.max(whole.first, from) };
  return renderMessages(own, {
    header: header(own, facts),
    before: () => [],
    heading: (message, index) => `## ${messageName(message, index)}`,
  });
}

function header({ info, messages }: Transcript, { name, now, common }: ComparisonFacts): readonly string[] {
  const line = dotted(
    info.lineage && forkMark(info.lineage),
    messages.length === 1 ? t('1 own message') : t('{0} own messages', number(messages.length)),
    tokensText(messages),
    duration(now - info.updated),
  );
  const shared = common
    ? t('{0} in common, from {1}', messagesText(common.messages), common.ancestor)
    : t('No message in common');
  return [`# ${safeInline(name)}`, safeInline(line), '', `> ${safeInline(shared)}`, '', ...problemNote(info)];
}

function tokensText(messages: readonly Message[]): string | undefined {
  const tokens = messages.reduce((sum, message) => {
    const usage = message.kind === 'reply' ? message.usage : undefined;
    return sum + (usage ? usage.input + usage.output : 0);
  }, 0);
  return tokens > 0 ? t('{0} tokens', number(tokens)) : undefined;
}
