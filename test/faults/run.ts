// `npm run faults`: every fault, each agent's forks killed 500 times; `-- --kills N` for another number.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '500' } } });
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-isolation=none', join(import.meta.dirname, 'faults.test.ts')],
  { stdio: 'inherit', env: { ...process.env, SESSION_FORKS_KILLS: values.kills } },
);
process.exitCode = status ?? 1;
