import { realpathSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';

/**
 * THE rule of links: what an agent keeps is read and written below its own folder. A path that leads out of `root`, the
 * links of both followed, is told as a problem and never opened: a link in a folder of sessions could name any file of
 * the person's. False for a path that leads nowhere: using it says why.
 */
export function leadsOut(path: string, root: string): boolean {
  try {
    const inside = relative(realpathSync.native(root), realpathSync.native(path));
    return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  } catch {
    return false;
  }
}

/** What is said of a path that leads out. */
export const leadsOutText = (path: string): string =>
  `${path} is a link that leads out of the agent’s folder, and is not followed.`;
