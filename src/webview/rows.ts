import type { Message, MessageId, ToolCall } from '../protocol.ts';
import { countLines } from './lineDiff.ts';
import { formatDuration, formatNumber, t } from './strings.ts';

/** What a tool's row says: the word, what it was done to, and what stands at its right end. */
export interface RowWords {
  readonly verb: string;
  readonly target: string;
  readonly detail: string;
  readonly icon: string;
}

type Words = Readonly<Record<ToolCall['action'], string>>;

const icons: Words = {
  read: 'file',
  edit: 'edit',
  run: 'terminal',
  search: 'search',
  fetch: 'globe',
  other: 'tools',
};

/** Paths below `folder` are shown without it. */
export function rowWords(call: ToolCall, folder?: string): RowWords {
  return {
    verb: verbOf(call),
    target: withoutFolder(call.target, folder) || call.name,
    detail: detailOf(call),
    icon: iconOf(call),
  };
}

/** A path below `folder` without it; everything else as it is. */
export function withoutFolder(target: string, folder: string | undefined): string {
  const start = folder?.replace(/[\\/]?$/, '') ?? '';
  const below = start !== '' && target.startsWith(start) && /^[\\/]/.test(target.slice(start.length));
  return below ? target.slice(start.length + 1) : target;
}

/** Names a foldable row among all of the page. */
export const rowKey = (message: MessageId, part: number | string): string => `${message}:${part}`;

/** The keys of all rows of one kind that messages hold, in their order. */
export const rowsOf = (messages: readonly Message[], kind: 'thinking' | 'tool'): readonly string[] =>
  messages.flatMap((message) =>
    message.kind === 'reply'
      ? message.parts.flatMap((part, index) =>
          part.kind === kind ? [rowKey(message.id, part.kind === 'tool' ? part.id : index)] : [],
        )
      : [],
  );

function verbOf({ status, action }: ToolCall): string {
  if (status === 'failed') {
    return t('Failed');
  }
  if (status === 'stopped') {
    return t('Stopped');
  }
  return status === 'running' ? runningVerb(action) : doneVerb(action);
}

function doneVerb(action: ToolCall['action']): string {
  const words: Words = {
    read: t('Read'),
    edit: t('Edited'),
    run: t('Ran'),
    search: t('Searched'),
    fetch: t('Fetched'),
    other: t('Used'),
  };
  return words[action];
}

function runningVerb(action: ToolCall['action']): string {
  const words: Words = {
    read: t('Reading'),
    edit: t('Editing'),
    run: t('Running'),
    search: t('Searching'),
    fetch: t('Fetching'),
    other: t('Using'),
  };
  return words[action];
}

function iconOf({ status, action }: ToolCall): string {
  if (status === 'running') {
    return 'loading';
  }
  if (status === 'failed') {
    return 'error';
  }
  return status === 'stopped' ? 'circle-slash' : icons[action];
}

function detailOf(call: ToolCall): string {
  const facts = [resultOf(call), call.durationMs === undefined ? '' : formatDuration(call.durationMs)];
  return facts.filter((fact) => fact !== '').join(' · ');
}

function resultOf({ status, action, output }: ToolCall): string {
  if (status === 'failed') {
    const code = /exit code:? (\d+)/i.exec(output)?.[1];
    return code ? t('exit code {0}', code) : '';
  }
  if (status !== 'done' || output === '') {
    return '';
  }
  if (action === 'read') {
    return plural(countOf(output), '1 line', '{0} lines');
  }
  return action === 'search' ? plural(matchesOf(output), '1 match', '{0} matches') : '';
}

const plural = (count: number, one: string, many: string): string =>
  count === 1 ? t(one) : t(many, formatNumber(count));

const countOf = (text: string): number => text.replace(/\n$/, '').split('\n').length;

function matchesOf(output: string): number {
  const found = /^(?:Found )?(\d+|No) (?:files?|match|lines?|result)/i.exec(output)?.[1];
  if (found) {
    return Number.parseInt(found, 10) || 0;
  }
  return output.split('\n').filter((line) => line.trim() !== '').length;
}

/** "+38 −2" in parts; undefined for a call that edits nothing. */
export function editCounts(call: ToolCall): { readonly added: number; readonly removed: number } | undefined {
  return call.edits && call.edits.length > 0 ? countLines(call.edits) : undefined;
}
