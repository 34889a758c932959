import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionInfo } from '../../core/model.ts';
import { numberOf, textOf } from '../shared/fields.ts';
import { parseRecord } from '../shared/jsonl.ts';
import { chatsFolder, type Folders, registryFolder, type TranscriptFile } from './folders.ts';

/** A running Qwen Code and the session it works on. Its ipcPath and ipcToken are never read. */
interface Running {
  readonly session: string;
  readonly pid: number;
  /** Boot and start time of the process, so that a later process of the same number is not taken for it. */
  readonly started?: string;
}

/** The ids of sessions that a living process says it works on, from `sessions/<pid>-<h>.json` (0.24.4). */
export async function liveSessions(folders: Folders): Promise<ReadonlySet<string>> {
  const registry = registryFolder(folders);
  const names = await readdir(registry).catch(() => []);
  const entries = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readRunning(join(registry, name))),
  );
  return new Set(entries.flatMap((entry) => (entry && isAlive(entry) ? [entry.session] : [])));
}

/** Whether a living process works on the session: by the registry, or by the file beside its transcript. */
export async function isLive(folders: Folders, file: TranscriptFile): Promise<boolean> {
  const running = await readRunning(runtimeFile(file));
  return (running?.session === file.id && isAlive(running)) || (await liveSessions(folders)).has(file.id);
}

export const runtimeFile = (file: TranscriptFile): string =>
  join(chatsFolder(file), `${file.id}.runtime.json`);

async function readRunning(path: string): Promise<Running | undefined> {
  const entry = parseRecord(await readFile(path, 'utf8').catch(() => ''));
  const session = textOf(entry?.sessionId) ?? textOf(entry?.session_id);
  const pid = numberOf(entry?.pid);
  const started = textOf(entry?.procStart);
  return session && pid ? { session, pid, ...(started ? { started } : {}) } : undefined;
}

function isAlive({ pid, started }: Running): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user answers EPERM: it lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const now = startOf(pid);
  return started === undefined || now === undefined || now === started;
}

/** `<boot id>:<start time in ticks>` as Qwen Code writes it on Linux; undefined elsewhere. */
export function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    return undefined;
  }
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const start = stat
      .slice(stat.lastIndexOf(')') + 1)
      .trim()
      .split(/\s+/)[19];
    return start === undefined ? undefined : `${boot}:${start}`;
  } catch {
    // No /proc here: the number of the process has to do.
    return undefined;
  }
}

/** The info with its live badge. The registry does not say what the agent does: an open turn means that it works. */
export function withLive(info: SessionInfo, live: boolean): SessionInfo {
  const { live: _known, ...rest } = info;
  return live && info.lineage?.kind !== 'rewound' ? { ...rest, live: info.openTurn ? 'busy' : 'idle' } : rest;
}
