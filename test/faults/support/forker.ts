// A process that forks one session over and over until it is killed, or `count` times at once:
// `node forker.ts <agent> <folder> <session> <keep> [count]`. It prints a line when it is ready and one for each outcome:
// a child's id, or an error's code.
import { writeSync } from 'node:fs';
import { SessionForksError } from '../../../src/core/errors.ts';
import { sessionId } from '../../../src/core/model.ts';
import { cutAfter, storeOf } from './store.ts';

const [agent = '', folder = '', session = '', keep = '0', count] = process.argv.slice(2);
const store = storeOf(agent, folder);
const source = sessionId(session);

/** What cannot be read now is told by the fork. */
const messages = await store.read(source).then(
  (read) => read.messages,
  () => [],
);
const cut = cutAfter(messages, Number(keep));
const tell = (line: string): void => void writeSync(1, `${line}\n`);

async function forkOnce(): Promise<void> {
  try {
    tell(await store.fork(source, cut, 'A fork'));
  } catch (error) {
    tell(error instanceof SessionForksError ? error.code : `no clear error: ${String(error)}`);
  }
}

tell('ready');
if (count === undefined) {
  for (;;) {
    await forkOnce();
  }
}
await Promise.all(Array.from({ length: Number(count) }, forkOnce));
