import { readFileSync } from 'node:fs';
import { copyFile, open, readFile, stat } from 'node:fs/promises';
import { inParallel } from '../../../src/stores/common/pool.ts';
import type { Options, Work } from './options.ts';

const atOnce = 32;

/** What others do on the same files. */
export const peerTasks = {
  sdkList: async ({ module = '' }: Options): Promise<Work> => {
    const sdk = await import(module);
    return async () => (await sdk.listSessions()).length;
  },
  sdkFork: async ({ module = '', session, after }: Options): Promise<Work> => {
    const sdk = await import(module);
    return async () => {
      await sdk.forkSession(session, { ...(after && { upToMessageId: after }), title: 'A fork' });
      return undefined;
    };
  },
  sdkLast: async ({ module = '', session }: Options): Promise<Work> => {
    const sdk = await import(module);
    return async () => (await sdk.getSessionMessages(session)).slice(-100).length;
  },
  stat: async ({ paths = '' }: Options): Promise<Work> => {
    const files = JSON.parse(readFileSync(paths, 'utf8'));
    return async () => (await inParallel(files, atOnce, (path: string) => stat(path))).length;
  },
  /** Every byte read and every line parsed, nothing kept. */
  scan: async ({ paths = '' }: Options): Promise<Work> => {
    const files = JSON.parse(readFileSync(paths, 'utf8'));
    return async () => {
      const lines = await inParallel(files, atOnce, async (path: string) => parsed(await readFile(path)));
      return lines.reduce((sum, count) => sum + count, 0);
    };
  },
  copy: async ({ path = '' }: Options): Promise<Work> => {
    return async () => {
      await copyFile(path, `${path}.copy`);
      const file = await open(`${path}.copy`, 'r+');
      await file.sync();
      await file.close();
      return undefined;
    };
  },
};

function parsed(bytes: Buffer): number {
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter((line) => line !== '' && JSON.parse(line) !== null).length;
}
