import type { SessionInfo } from '../../core/model.ts';

/**
 * An earlier list with what some files hold now in place of what they held. `fresh` has their sessions by path. Undefined
 * when only a whole listing can tell: a file is gone, or holds a session that another file holds, too.
 */
export function relisted(
  previous: readonly SessionInfo[],
  fresh: ReadonlyMap<string, readonly SessionInfo[]>,
): readonly SessionInfo[] | undefined {
  const all = [...fresh.values()].flat();
  const ids = new Set(all.map(({ ref }) => ref.id));
  const isGone = [...fresh.values()].some((infos) => infos.length === 0);
  if (isGone || ids.size < all.length) {
    return undefined;
  }
  const placed = new Set<string>();
  const sessions: SessionInfo[] = [];
  for (const info of previous) {
    const now = info.file && fresh.get(info.file.path);
    if (!now && ids.has(info.ref.id)) {
      return undefined;
    }
    if (!now || !info.file) {
      sessions.push(info);
    } else if (!placed.has(info.file.path)) {
      placed.add(info.file.path);
      sessions.push(...now);
    }
  }
  const added = [...fresh].filter(([path]) => !placed.has(path)).flatMap(([, infos]) => infos);
  return [...sessions, ...added];
}
