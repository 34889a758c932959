import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { numberOf, textOf } from '../common/fields.ts';
import { namesIn, textInside } from '../common/files.ts';
import { parseRecord } from '../common/jsonl.ts';
import { isRunning } from '../common/runningProcess.ts';
import { type Folders, registryFolder, statusFile, type TranscriptFile } from './folders.ts';

/** A running Qwen Code and the session it works on. Its ipcPath and ipcToken are never read. */
interface Running {
  readonly session: string;
  readonly pid: number;
  /** Boot and start time of the process, so that a later process of the same number is not taken for it. */
  readonly started?: string;
}

/**
 * The ids of sessions that a living process says it works on: in `sessions/<pid>-<h>.json`, or in one of `statusFiles`,
 * `<id>.runtime.json` beside the transcripts (0.24.4).
 */
export async function liveSessions(
  folders: Folders,
  statusFiles: readonly string[],
): Promise<ReadonlySet<string>> {
  const registry = registryFolder(folders);
  const names = await namesIn(registry, [], folders.home);
  const entries = names.filter((name) => name.endsWith('.json')).map((name) => join(registry, name));
  const running = await Promise.all([
    ...entries.map((path) => readRunning(path, folders.home)),
    ...statusFiles.map((path) => readRunning(path, folders.runtime)),
  ]);
  return new Set(running.flatMap((entry) => (entry && isAlive(entry) ? [entry.session] : [])));
}

/** Whether a living process works on the session. */
export const isLive = async (folders: Folders, file: TranscriptFile): Promise<boolean> =>
  (await liveSessions(folders, [statusFile(file)])).has(file.id);

async function readRunning(path: string, root: string): Promise<Running | undefined> {
  const entry = parseRecord(await textInside(path, root));
  const session = textOf(entry?.sessionId) ?? textOf(entry?.session_id);
  const pid = numberOf(entry?.pid);
  const started = textOf(entry?.procStart);
  // The home may be shared between machines: another one's process numbers say nothing here.
  const isHere = (textOf(entry?.hostname) ?? hostname()) === hostname();
  return session && pid && isHere ? { session, pid, ...(started ? { started } : {}) } : undefined;
}

function isAlive({ pid, started }: Running): boolean {
  if (!isRunning(pid)) {
    return false;
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
