import * as vscode from 'vscode';
import { sanitizeTitle } from '../core/titles.ts';

/** Translates; `{0}` and so on stand for the arguments. */
export const t = vscode.l10n.t;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A stretch of time in ms as "8 s", "12 min", "3 h" or "1 d". */
export function duration(ms: number): string {
  if (ms < minute) {
    return t('{0} s', Math.max(0, Math.round(ms / second)));
  }
  if (ms < hour) {
    return t('{0} min', Math.floor(ms / minute));
  }
  return ms < day ? t('{0} h', Math.floor(ms / hour)) : t('{0} d', number(Math.floor(ms / day)));
}

/** How long ago, for a screen reader: "1 hour ago". */
export function spokenAge(ms: number): string {
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { numeric: 'auto' });
  if (ms < hour) {
    return format.format(-Math.floor(ms / minute), 'minute');
  }
  return ms < day
    ? format.format(-Math.floor(ms / hour), 'hour')
    : format.format(-Math.floor(ms / day), 'day');
}

/** A number with the locale's grouping. */
export const number = (value: number): string => new Intl.NumberFormat(vscode.env.language).format(value);

/** The time of day, "14:41". */
export function clock(at: number): string {
  return new Intl.DateTimeFormat(vscode.env.language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}

/** Parts of a line, without the empty ones, with a dot between. */
export const dotted = (...parts: readonly (string | undefined)[]): string =>
  parts.filter(Boolean).join(' · ');

export const messagesText = (count: number): string =>
  count === 1 ? t('1 message') : t('{0} messages', number(count));

export const sessionsText = (count: number): string =>
  count === 1 ? t('1 session') : t('{0} sessions', number(count));

export const forksStartHere = (count: number): string =>
  count === 1 ? t('1 fork starts here') : t('{0} forks start here', number(count));

/** At most `limit` characters of one line, cut at a word where there is one. */
export function cutAtWord(text: string, limit: number): string {
  const line = sanitizeTitle(text);
  const points = [...line];
  if (points.length <= limit) {
    return line;
  }
  const head = points.slice(0, limit - 1).join('');
  const space = points[limit - 1] === ' ' ? head.length : head.lastIndexOf(' ');
  return `${(space > limit / 2 ? head.slice(0, space) : head).trimEnd()}…`;
}

/** Text that says nothing but itself where Markdown is shown. */
export const plainMarkdown = (text: string): string =>
  sanitizeTitle(text).replace(/[\\`*_{}[\]()#+\-.!|<>~$&:@]/gu, '\\$&');
