import { closeSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const headBytes = 4096;

/** The session that a file says it holds in its first line, or undefined. */
export function sessionIn(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(headBytes);
      const text = buffer.toString('utf8', 0, readSync(file, buffer, 0, headBytes, 0));
      return /"sessionId"\s*:\s*"([^"\\]+)"/.exec(text)?.[1];
    } finally {
      closeSync(file);
    }
  } catch {
    // A file that cannot be read says nothing.
    return undefined;
  }
}

/** All transcripts of a session in its project's folder: a resume over ACP begins another one (0.61.0). */
export async function filesOf(project: string, session: string): Promise<readonly string[]> {
  const chats = join(project, 'chats');
  const likely = (await readdir(chats)).filter((name) => name.includes(`-${session.slice(0, 8)}.json`));
  return likely.map((name) => join(chats, name)).filter((path) => sessionIn(path) === session);
}
