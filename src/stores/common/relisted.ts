import type { SessionInfo } from '../../core/model.ts';

/**
 * An earlier list with what some files hold now in place of what they held. `fresh` has their sessions by path, or by
 * whatever else `keyOf` gives of a session. Undefined when only a whole listing can tell: a file is gone, or holds a
 * session that another file holds, too.
 */
export function relisted(
  previous: readonly SessionInfo[],
  fresh: ReadonlyMap<string, readonly SessionInfo[]>,
  keyOf: (info: SessionInfo) => string | undefined = ({ file }) => file?.path,
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
    const key = keyOf(info);
    const now = key === undefined ? undefined : fresh.get(key);
    if (!now && ids.has(info.ref.id)) {
      return undefined;
    }
    if (key === undefined || !now) {
      sessions.push(info);
    } else if (!placed.has(key)) {
      placed.add(key);
      sessions.push(...now);
    }
  }
  const added = [...fresh].filter(([key]) => !placed.has(key)).flatMap(([, infos]) => infos);
  return [...sessions, ...added];
}
