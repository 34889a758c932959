// A process that runs the cases of one agent: `node runner.ts <agent> <first> <end>`. It prints a line of JSON when it
// begins a case and one for its outcome, so that whoever watches it can name the case in which it hangs or dies.
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { runCase } from './fuzz.ts';
import { installGuard } from './guard.ts';
import { homes } from './homes.ts';
import type { Line } from './lines.ts';

const [agent = '', first = '0', end = '0'] = process.argv.slice(2);
const home = homes().find((candidate) => candidate.agent === agent);
if (!home) {
  throw new Error(`There is no agent ${agent}.`);
}
installGuard();

const tell = (line: Line): void => void writeSync(1, `${JSON.stringify(line)}\n`);

for (let number = Number(first); number < Number(end); number++) {
  tell({ begins: number });
  try {
    const used = await runCase(home, number);
    tell({ ended: number, ...used, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) });
  } catch (error) {
    tell({ ended: number, error: inspect(error).slice(0, 2_000) });
  }
}
