import type { Message, ReplyPart, ToolCall } from '../core/model.ts';
import { sanitizeTitle } from '../core/titles.ts';
import { cutAtWord, dotted, duration, number, t } from './words.ts';

/** The model as its makers write it: "Sonnet 4.5" for claude-sonnet-4-5-20250929, else as stored. */
export function modelName(model: string): string {
  const plain = sanitizeTitle(model);
  const claude = /^claude-([a-z]+)-(\d+)(?:-(\d{1,2}))?(?:-\d{8})?$/u.exec(plain);
  if (!claude) {
    return plain;
  }
  const [, family = '', major, minor] = claude;
  const version = minor === undefined ? major : `${major}.${minor}`;
  return `${family.charAt(0).toUpperCase()}${family.slice(1)} ${version}`;
}

/** "12 · Reply", as headings, the outline and the picker name a message. */
export function messageName(message: Message, index: number): string {
  return message.kind === 'prompt'
    ? t('{0} · Prompt', number(index + 1))
    : t('{0} · Reply', number(index + 1));
}

/** The first words of a message, for a picker. Paths below `cwd` are shown from there. */
export function excerpt(message: Message, limit: number, cwd?: string): string {
  if (message.kind === 'prompt') {
    return cutAtWord(message.text || message.attachments.map((item) => item.name).join(', '), limit);
  }
  const text = message.parts.find((part) => part.kind === 'text' && part.text.trim() !== '');
  const whole =
    text?.kind === 'text' ? text.text : message.parts.map((part) => partText(part, cwd)).join(', ');
  return cutAtWord(whole.replaceAll('`', ''), limit);
}

/** A thinking part or a tool call as one line: "Edited `f` +38 −2". Text parts as they are. Paths below `cwd` are shown from there. */
export function partText(part: ReplyPart, cwd?: string): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'thinking':
      return part.durationMs === undefined ? t('Thought') : t('Thought for {0}', duration(part.durationMs));
    case 'tool':
      return dotted([toolText(part, cwd), lineCounts(part)].filter(Boolean).join(' '), timeOf(part));
  }
}

const timeOf = (call: ToolCall): string | undefined =>
  call.durationMs === undefined ? undefined : duration(call.durationMs);

function toolText(call: ToolCall, cwd: string | undefined): string {
  const shown =
    cwd && call.target.startsWith(cwd) ? call.target.slice(cwd.length).replace(/^[/\\]/u, '') : call.target;
  const target = `\`${cutAtWord(shown || call.name, 160).replaceAll('`', '’')}\``;
  if (call.status !== 'done') {
    return {
      running: t('Running {0}', target),
      failed: t('Failed {0}', target),
      stopped: t('Stopped {0}', target),
    }[call.status];
  }
  switch (call.action) {
    case 'read':
      return t('Read {0}', target);
    case 'edit':
      return t('Edited {0}', target);
    case 'run':
      return t('Ran {0}', target);
    case 'search':
      return t('Searched {0}', target);
    case 'fetch':
      return t('Fetched {0}', target);
    case 'other':
      return call.name === call.target || !call.target ? target : `${sanitizeTitle(call.name)} ${target}`;
  }
}

function lineCounts(call: ToolCall): string {
  const lines = (text: string): number => (text === '' ? 0 : text.replace(/\n$/u, '').split('\n').length);
  const changes = (call.edits ?? []).map((edit) => {
    const before = edit.before.split('\n');
    const after = edit.after.split('\n');
    const same = commonEnds(before, after);
    return {
      added: lines(after.slice(same.head, after.length - same.tail).join('\n')),
      removed: lines(before.slice(same.head, before.length - same.tail).join('\n')),
    };
  });
  const added = changes.reduce((sum, change) => sum + change.added, 0);
  const removed = changes.reduce((sum, change) => sum + change.removed, 0);
  return [added > 0 ? `+${number(added)}` : '', removed > 0 ? `−${number(removed)}` : '']
    .filter(Boolean)
    .join(' ');
}

function commonEnds(
  a: readonly string[],
  b: readonly string[],
): { readonly head: number; readonly tail: number } {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) {
    head++;
  }
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
    tail++;
  }
  return { head, tail };
}
