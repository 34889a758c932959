import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { LineageRecords } from '../core/lineage.ts';
import {
  agentId,
  type Lineage,
  type SessionKey,
  type SessionRef,
  sessionId,
  sessionKey,
} from '../core/model.ts';
import { addLine } from './common/files.ts';
import { jsonLine, readJsonLines } from './common/jsonl.ts';
import { hasCode } from './common/publish.ts';

const schema = z.object({
  child: z.object({ agent: z.string(), id: z.string() }),
  parent: z.object({ agent: z.string(), id: z.string() }),
  messages: z.number().int().nonnegative(),
});

/**
 * The forks made here, in an append-only JSON-lines file, which other processes may share. A damaged line costs that
 * line only; a missing file is an empty one.
 */
export async function openLineageFile(path: string): Promise<LineageRecords> {
  let size = await sizeOf(path);
  let known = await readKnown(path);
  return {
    refresh: async () => {
      const grown = await sizeOf(path);
      const isNew = grown !== size;
      if (isNew) {
        known = new Map([...known, ...(await readKnown(path))]);
        size = grown;
      }
      return isNew;
    },
    get: (child) => known.get(sessionKey(child)),
    add: async (child, lineage) => {
      await mkdir(dirname(path), { recursive: true });
      await addLine(
        path,
        dirname(path),
        jsonLine({ child, parent: lineage.parent, messages: lineage.messages }),
      );
      known.set(sessionKey(child), lineage);
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return 0;
    }
    throw error;
  }
}

async function readKnown(path: string): Promise<Map<SessionKey, Lineage>> {
  const known = new Map<SessionKey, Lineage>();
  for (const { record } of await readLines(path)) {
    const parsed = schema.safeParse(record);
    if (parsed.success) {
      const { child, parent, messages } = parsed.data;
      known.set(sessionKey(refOf(child)), { parent: refOf(parent), kind: 'fork', messages, how: 'recorded' });
    }
  }
  return known;
}

async function readLines(path: string) {
  try {
    return (await readJsonLines(path)).lines;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}

const refOf = (ref: { agent: string; id: string }): SessionRef => ({
  agent: agentId(ref.agent),
  id: sessionId(ref.id),
});
