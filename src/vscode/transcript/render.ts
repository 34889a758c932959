import type {
  Lineage,
  Message,
  MessageId,
  Problem,
  Reply,
  SessionInfo,
  Transcript,
} from '../../core/model.ts';
import { sanitizeTitle } from '../../core/titles.ts';
import { messageName, modelName, partText } from '../messageWords.ts';
import { clock, dotted, messagesText, number, t } from '../words.ts';
import { safeInline, safeMarkdown } from './safeMarkdown.ts';

/** Where a message stands in a document: lines from 0, both inclusive. `index` counts messages from 0. */
export interface Place {
  readonly message: Message;
  readonly index: number;
  readonly line: number;
  readonly lastLine: number;
}

export interface RenderedTranscript {
  readonly text: string;
  readonly places: readonly Place[];
}

/** What the document says of the session as a whole. */
export interface TranscriptFacts {
  readonly name: string;
  readonly agentName: string;
  readonly parentName?: string;
}

/** The session as a Markdown document, and where each message stands in it. Lenses go by the places, never by the text. */
export function renderTranscript(transcript: Transcript, facts: TranscriptFacts): RenderedTranscript {
  return renderMessages(transcript, {
    header: header(transcript, facts),
    before: (message, index) => before(message, index, transcript, facts),
    heading,
  });
}

/** How the parts of a document around the messages' own text are written. */
export interface Frame {
  readonly header: readonly string[];
  readonly before: (message: Message, index: number) => readonly string[];
  readonly heading: (message: Message, index: number) => string;
}

/** The messages one below the other, and where each stands. */
export function renderMessages(transcript: Transcript, frame: Frame): RenderedTranscript {
  const lines = [...frame.header];
  const places = transcript.messages.map((message, offset): Place => {
    const index = transcript.first + offset;
    lines.push(...frame.before(message, index));
    const line = lines.length;
    lines.push(frame.heading(message, index), '', ...block(body(message, transcript.info.cwd)));
    return { message, index, line, lastLine: lines.length - 1 };
  });
  return { text: `${lines.join('\n').trimEnd()}\n`, places };
}

/** The line of a message, if it is there. */
export const lineOf = ({ places }: RenderedTranscript, id: MessageId): number | undefined =>
  places.find(({ message }) => message.id === id)?.line;

/** One message as Markdown, for the clipboard. */
export const messageText = (message: Message): string =>
  message.kind === 'prompt'
    ? message.text
    : message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');

function header({ info, total }: Transcript, { name, agentName }: TranscriptFacts): readonly string[] {
  const facts = dotted(agentName, messagesText(total), info.cwd && sanitizeTitle(info.cwd));
  return [`# ${safeInline(name)}`, '', safeInline(facts), '', ...problemNote(info)];
}

/** That the session is damaged, as a quote. */
export const problemNote = ({ problem }: SessionInfo): readonly string[] =>
  problem ? [`> ${problemText(problem)}`, ''] : [];

function problemText(problem: Problem): string {
  const text = safeInline(sanitizeTitle(problem.text));
  return problem.readable === undefined
    ? text
    : `${t('This session is damaged after message {0}', number(problem.readable))}. ${text}`;
}

/** What stands between two messages: the fork point, or that the model no longer sees what is before. */
function before(
  message: Message,
  index: number,
  { info }: Transcript,
  { parentName }: TranscriptFacts,
): readonly string[] {
  const notes: string[] = [];
  if (info.lineage && index === info.lineage.messages) {
    notes.push(forkNote(info.lineage, parentName));
  }
  if (message.afterCompaction) {
    notes.push(t('Earlier messages were summarised for the model here'));
  }
  return notes.flatMap((note) => [`> ${safeInline(note)}`, '']);
}

function forkNote({ kind, how, messages }: Lineage, parent: string | undefined): string {
  const kept = number(messages);
  if (kind === 'subagent') {
    return parent === undefined
      ? t('Run of a subagent; the session that started it is deleted')
      : t('Run of a subagent of *{0}*', parent);
  }
  if (parent === undefined) {
    return t('Forked at message {0}; its parent is deleted', kept);
  }
  if (kind === 'rewound') {
    return t('Rewound to message {0} in *{1}*', kept, parent);
  }
  return how === 'recorded'
    ? t('Forked from *{0}* at message {1}', parent, kept)
    : t('Probably forked from *{0}* at message {1}', parent, kept);
}

function heading(message: Message, index: number): string {
  const time = message.at === undefined ? undefined : clock(message.at);
  const model = message.kind === 'reply' && message.model ? modelName(message.model) : undefined;
  return `## ${safeInline(dotted(messageName(message, index), time, model))}`;
}

function body(message: Message, cwd: string | undefined): string {
  if (message.kind === 'reply') {
    return replyBody(message, cwd);
  }
  const files = message.attachments.map(({ name }) => `> ${t('Attached {0}', `\`${code(name)}\``)}`);
  return [safeMarkdown(message.text), files.join('\n')].filter(Boolean).join('\n\n');
}

// Thoughts and tool calls that follow each other stand in one quote, as the panel shows them in one stack.
function replyBody({ parts }: Reply, cwd: string | undefined): string {
  const blocks: { readonly quote: boolean; text: string }[] = [];
  for (const part of parts) {
    const quote = part.kind !== 'text';
    const text = part.kind === 'text' ? safeMarkdown(part.text) : `> ${partText(part, cwd)}`;
    const last = blocks.at(-1);
    if (quote && last?.quote) {
      last.text += `\n${text}`;
    } else if (text !== '') {
      blocks.push({ quote, text });
    }
  }
  return blocks.map(({ text }) => text).join('\n\n');
}

const code = (name: string): string => sanitizeTitle(name).replaceAll('`', '’');

const block = (text: string): readonly string[] => (text === '' ? [] : [...text.split('\n'), '']);
