// The one process that is measured: `node subject.js <task> <JSON of its options>` prints what it took as JSON.
import { writeSync } from 'node:fs';
import { measure } from './measured.ts';
import type { Options, Work } from './options.ts';

const [name = '', given = '{}'] = process.argv.slice(2);
const options: Options = JSON.parse(given);
const work = await taskNamed(name);
writeSync(1, JSON.stringify(await measure(work)));
// What a peer left running must not hold the next run up.
process.exit(0);

/** A peer's process does not load our code, nor ours a peer's. */
async function taskNamed(task: string): Promise<Work> {
  const { peerTasks } = await import('./peerTasks.ts');
  const tasks = new Map(Object.entries(peerTasks));
  const make = tasks.get(task) ?? new Map(Object.entries((await import('./ownTasks.ts')).ownTasks)).get(task);
  if (!make) {
    throw new Error(`There is no task ${task}.`);
  }
  return make(options);
}
