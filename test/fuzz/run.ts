// `npm run fuzz -- [--cases N] [--first N] [--agent ID]`: as many cases an agent, always the same ones.
import { parseArgs } from 'node:util';
import { homes } from './support/homes.ts';
import { fuzz } from './support/watched.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    first: { type: 'string', default: '0' },
    agent: { type: 'string' },
  },
});

const step = 2_000;
const begin = Number(values.first);
const end = begin + Number(values.cases);
let cases = 0;
let found = 0;
let peakMb = 0;
for (const { agent } of homes().filter((home) => values.agent === undefined || home.agent === values.agent)) {
  for (let first = begin; first < end; first += step) {
    const outcome = await fuzz(agent, first, Math.min(step, end - first));
    const { sessions, reads, forks } = outcome;
    console.log(
      `${agent}: cases ${first} to ${first + outcome.cases - 1}, ${sessions} sessions, ${reads} reads, ${forks} forks, ${outcome.found.length} found, peak ${outcome.peakMb} MB`,
    );
    for (const { name, error } of outcome.found) {
      console.error(name, error);
    }
    cases += outcome.cases;
    found += outcome.found.length;
    peakMb = Math.max(peakMb, outcome.peakMb);
  }
}
console.log(`${cases} cases, ${found} found, peak ${peakMb} MB`);
process.exitCode = found > 0 ? 1 : 0;
