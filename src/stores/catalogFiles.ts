import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { v4 as uuid } from 'uuid';
import type { ListCache } from '../core/keptList.ts';
import type { AgentId, SessionInfo } from '../core/model.ts';
import { parseRecord } from './common/jsonl.ts';
import { clearLeftovers } from './common/leftovers.ts';
import { temporaryName } from './common/temporaries.ts';

/** How long further changes are awaited before a list is written, in ms. */
const quietMs = 2_000;

/**
 * Lists of sessions kept in a folder, one file an agent, for the next start. A list of another `version` (of the program
 * that wrote it), a damaged one and a missing one are all no list: the sessions are read anew.
 */
export function catalogFiles(folder: string, version: string): ListCache {
  const pending = new Map<AgentId, NodeJS.Timeout>();
  return {
    load: async (agent) => {
      try {
        await clearLeftovers(folder, readdirSync(folder));
        return sessionsIn(readFileSync(fileOf(folder, agent), 'utf8'), agent, version);
      } catch {
        // Whatever is wrong with what was kept, the sessions themselves are on disk.
        return [];
      }
    },
    save: (agent, sessions) => {
      clearTimeout(pending.get(agent));
      const write = (): void => void writeList(folder, agent, listText(agent, version, sessions));
      pending.set(agent, setTimeout(write, quietMs).unref());
    },
  };
}

/**
 * A list as it is kept: a line that says whose it is, who wrote it and what its bytes sum up to, then the sessions. The
 * sum tells a damaged list in a fraction of the time that looking at each session takes.
 */
export function listText(agent: AgentId, version: string, sessions: readonly SessionInfo[]): string {
  const text = JSON.stringify(sessions);
  return `${JSON.stringify({ agent, version, sum: crc32(text) })}\n${text}`;
}

/** Throws when this is not a whole list of this agent and version. */
function sessionsIn(kept: string, agent: AgentId, version: string): readonly SessionInfo[] {
  const end = kept.indexOf('\n');
  const text = kept.slice(end + 1);
  const head = parseRecord(kept.slice(0, end));
  const isWhole = head?.agent === agent && head.version === version && head.sum === crc32(text);
  // The sum says that this is what was written: looking at each of thousands of sessions would take longer than reading.
  const sessions: unknown = isWhole ? JSON.parse(text) : undefined;
  if (!Array.isArray(sessions)) {
    throw new Error('This list is not as it was written.');
  }
  return sessions;
}

const fileOf = (folder: string, agent: AgentId): string => join(folder, `${agent}.json`);

/** Written beside and renamed: another window reads a whole list. One that cannot be written costs the next start time. */
async function writeList(folder: string, agent: AgentId, text: string): Promise<void> {
  const temporary = join(folder, temporaryName(uuid()));
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, fileOf(folder, agent));
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
