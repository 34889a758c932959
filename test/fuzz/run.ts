// `npm run fuzz -- --cases N [--first N] [--agent ID]`: as many cases an agent, always the same ones.
import { parseArgs } from 'node:util';
import { fuzz } from './support/fuzz.ts';
import { homes } from './support/homes.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    first: { type: 'string', default: '0' },
    agent: { type: 'string' },
  },
});

const step = 500;
const end = Number(values.first) + Number(values.cases);
for (const home of homes().filter(({ agent }) => values.agent === undefined || agent === values.agent)) {
  for (let first = Number(values.first); first < end; first += step) {
    const { cases, sessions, forks, found } = await fuzz(home, first, Math.min(step, end - first));
    const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
    console.log(
      `${home.agent}: cases ${first} to ${first + cases - 1}, ${sessions} sessions, ${forks} forks, ${found.length} found, ${rss} MB`,
    );
    for (const { name, error } of found) {
      console.error(name, error);
      process.exitCode = 1;
    }
  }
}
