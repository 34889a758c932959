// A process that forks one session over and over until it is killed, or `count` times at once:
// `node forker.ts <agent> <folder> <session> <keep> [count]`. It prints a line when it is ready and one for each outcome.
import { writeSync } from 'node:fs';
import { SessionForksError } from '../../../src/core/errors.ts';
import { sessionId } from '../../../src/core/model.ts';
import { cutAfter, storeOf } from './store.ts';

const [agent = '', folder = '', session = '', keep = '0', count] = process.argv.slice(2);
const store = storeOf(agent, folder);
const source = sessionId(session);
const cut = cutAfter((await store.read(source)).messages, Number(keep));
writeSync(1, 'ready\n');

async function forkOnce(): Promise<void> {
  try {
    writeSync(1, `${await store.fork(source, cut, 'A fork')}\n`);
  } catch (error) {
    writeSync(1, `${error instanceof SessionForksError ? error.code : 'no clear error'}\n`);
  }
}

if (count === undefined) {
  for (;;) {
    await forkOnce();
  }
}
await Promise.all(Array.from({ length: Number(count) }, forkOnce));
