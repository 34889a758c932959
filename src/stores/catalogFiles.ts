import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { z } from 'zod';
import type { ListCache } from '../core/keptList.ts';
import type { AgentId, SessionInfo } from '../core/model.ts';
import { clearLeftovers } from './common/leftovers.ts';
import { temporaryName } from './common/temporaries.ts';

const lineage = z.object({
  parent: z.object({ agent: z.string(), id: z.string() }),
  kind: z.enum(['fork', 'rewound', 'subagent']),
  messages: z.number(),
  how: z.enum(['recorded', 'inferred']),
});

const info = z.looseObject({
  ref: z.object({ agent: z.string(), id: z.string() }),
  title: z.string(),
  titled: z.boolean(),
  preview: z.string(),
  created: z.number(),
  updated: z.number(),
  messageCount: z.number(),
  size: z.number(),
  file: z.object({ path: z.string(), stamp: z.string() }).optional(),
  lineage: lineage.optional(),
});

/** How long further changes are awaited before a list is written, in ms. */
const quietMs = 2_000;

/**
 * Lists of sessions kept in a folder, one file an agent, for the next start. A list of another `version` (of the program
 * that wrote it), a damaged one and a missing one are all no list: the sessions are read anew.
 */
export function catalogFiles(folder: string, version: string): ListCache {
  const schema = z.object({ version: z.literal(version), sessions: z.array(info) });
  const pending = new Map<AgentId, NodeJS.Timeout>();
  return {
    load: async (agent) => {
      try {
        await clearLeftovers((await readdir(folder)).map((name) => join(folder, name)));
        const { sessions } = schema.parse(JSON.parse(await readFile(fileOf(folder, agent), 'utf8')));
        return sessions.every(({ ref }) => ref.agent === agent)
          ? (sessions as readonly unknown[] as readonly SessionInfo[])
          : [];
      } catch {
        // Whatever is wrong with what was kept, the sessions themselves are on disk.
        return [];
      }
    },
    save: (agent, sessions) => {
      clearTimeout(pending.get(agent));
      const write = (): void => void writeList(folder, agent, JSON.stringify({ version, sessions }));
      pending.set(agent, setTimeout(write, quietMs).unref());
    },
  };
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
