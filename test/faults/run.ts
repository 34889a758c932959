// `npm run faults`: every fault of every store that writes, and of what the extension keeps for itself; forks are killed
// 500 times in all, `-- --kills N` for another number.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '500' } } });
const files = ['faults.test.ts', 'ownFiles.test.ts', 'programs.test.ts'].map((name) =>
  join(import.meta.dirname, name),
);
const { status } = spawnSync(process.execPath, ['--test', '--test-isolation=none', ...files], {
  stdio: 'inherit',
  env: { ...process.env, SESSION_FORKS_KILLS: values.kills },
});
process.exitCode = status ?? 1;
