// A process that keeps what the extension keeps for itself, until it is killed: `node keeper.ts lineage <file>` adds
// records and prints the number of each that is kept; `node keeper.ts lists <folder> <agents>` keeps long lists and prints a
// line when it writes the first one.
import { existsSync, readdirSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogFiles } from '../../../src/stores/catalogFiles.ts';
import { temporaryPrefix } from '../../../src/stores/common/temporaries.ts';
import { openLineageFile } from '../../../src/stores/lineageFile.ts';
import { listFor, recordOf, refOf } from './kept.ts';

const [what = '', path = '', agents = '0'] = process.argv.slice(2);

const tell = (line: string): void => void writeSync(1, `${line}\n`);

async function keepLineage(): Promise<void> {
  const records = await openLineageFile(path);
  for (let number = 0; ; number++) {
    await records.add(refOf(`${process.pid}-${number}`), recordOf(number));
    tell(`${process.pid}-${number}`);
  }
}

async function keepLists(): Promise<void> {
  const files = catalogFiles(path, '1');
  for (let number = 0; number < Number(agents); number++) {
    const { agent, sessions } = listFor(number, process.pid);
    files.save(agent, sessions);
  }
  const isWriting = (): boolean =>
    existsSync(path) && readdirSync(path).some((name) => name.startsWith(temporaryPrefix));
  while (!isWriting()) {
    await sleep(1);
  }
  tell('writes');
  await sleep(60_000);
}

tell('ready');
await (what === 'lineage' ? keepLineage() : keepLists());
