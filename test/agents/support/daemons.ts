import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseObject } from './json.ts';
import { endById } from './processes.ts';

/**
 * The processes that Codex's full-screen program leaves behind for its next start, as they are noted below a home: its
 * server, and what keeps that up to date, which its own `daemon stop` leaves running (0.169.0).
 */
export async function daemonsOf(home: string): Promise<readonly number[]> {
  const folder = join(home, '.codex', 'app-server-daemon');
  const names = await readdir(folder).catch(() => []);
  const notes = names.filter((name) => name.endsWith('.pid'));
  const texts = await Promise.all(notes.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => {
    const { pid } = text.startsWith('{') ? parseObject(text) : {};
    return typeof pid === 'number' ? [pid] : [];
  });
}

/** Ends them all. */
export async function endDaemons(home: string): Promise<void> {
  await Promise.all((await daemonsOf(home)).map(endById));
}
