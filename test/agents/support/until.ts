import { setTimeout as sleep } from 'node:timers/promises';

const lookMs = 100;
const patienceMs = 120_000;

/** Waits until `holds`, looking again and again. Throws when it does not in two minutes. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const late = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > late) throw new Error('It did not happen in time.');
    await sleep(lookMs);
  }
}
