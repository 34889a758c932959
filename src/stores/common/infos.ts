import type { Stats } from 'node:fs';
import { errorText } from '../../core/errors.ts';
import type { Problem, SessionInfo, SessionRef } from '../../core/model.ts';

/**
 * A session whose file cannot be read at all. It has no `file`, so that the next listing tries again: what is wrong may
 * change without the file's stamp.
 */
export function unreadable(
  ref: SessionRef,
  path: string,
  stats: Stats | undefined,
  error: unknown,
): SessionInfo {
  return {
    ref,
    title: ref.id.slice(0, 8),
    titled: false,
    preview: '',
    created: stats?.birthtimeMs ?? 0,
    updated: stats?.mtimeMs ?? 0,
    messageCount: 0,
    size: stats?.size ?? 0,
    problem: { text: `${path} cannot be read: ${errorText(error)}`, readable: 0 },
  };
}

/** One id in two files: the first one stands, the other is named as a problem. */
export function withoutDoubles(listed: readonly SessionInfo[]): {
  readonly sessions: readonly SessionInfo[];
  readonly twice: readonly Problem[];
} {
  const sessions = new Map<string, SessionInfo>();
  const twice: Problem[] = [];
  for (const info of listed) {
    const first = sessions.get(info.ref.id);
    if (first && first.file?.path !== info.file?.path) {
      const path = info.file?.path ?? 'a second file';
      twice.push({ text: `Session ${info.ref.id} is stored twice; ${path} is left out.` });
    } else {
      sessions.set(info.ref.id, info);
    }
  }
  return { sessions: [...sessions.values()], twice };
}

/** The info with its live badge; the same object when that was known. */
export function withBadge(info: SessionInfo, live: SessionInfo['live']): SessionInfo {
  if (live === info.live) {
    return info;
  }
  const { live: _known, ...rest } = info;
  return live ? { ...rest, live } : rest;
}

/** The same for a session of which is known only whether a program has it open: an open turn means that it works. */
export function withOpen(info: SessionInfo, isOpen: boolean): SessionInfo {
  const live = info.openTurn ? 'busy' : 'idle';
  return withBadge(info, isOpen && info.lineage?.kind !== 'rewound' ? live : undefined);
}

/** A list with the objects of an earlier one where nothing of a session changed: others alone are told again. */
export function asBefore(
  previous: readonly SessionInfo[],
  sessions: readonly SessionInfo[],
): readonly SessionInfo[] {
  const known = new Map(previous.map((info) => [info.ref.id, info]));
  return sessions.map((info) => {
    const before = known.get(info.ref.id);
    return before && JSON.stringify(before) === JSON.stringify(info) ? before : info;
  });
}
