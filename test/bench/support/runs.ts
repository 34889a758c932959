import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Measured, median } from './measured.ts';
import type { Options } from './options.ts';
import type { ownTasks } from './ownTasks.ts';
import type { peerTasks } from './peerTasks.ts';

export type TaskName = keyof typeof ownTasks | keyof typeof peerTasks;

/** Runs a task `times` times, each in a fresh process, and gives the median run. `between` puts things back. */
export type Runs = (
  task: TaskName,
  options: Options,
  times: number,
  between?: () => void,
) => Promise<Measured>;

const source = join(import.meta.dirname, '../../../src/extension/storeWorker');
const run = promisify(execFile);
const limitMs = 120_000;

/** Bundles what is measured into `folder`, as the extension is: stripping types at each start takes 50 MB. */
export async function makeRuns(folder: string): Promise<Runs> {
  await build({
    entryPoints: [join(import.meta.dirname, 'subject.ts'), join(source, 'stores.worker.ts')],
    entryNames: '[name]',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
  });
  const subject = join(folder, 'subject.mjs');
  return async (task, options, times, between) => {
    const found: Measured[] = [];
    for (let number = 0; number < times; number++) {
      found.push(await once(subject, task, options));
      between?.();
    }
    return median(found);
  };
}

async function once(subject: string, task: TaskName, options: Options): Promise<Measured> {
  const env = { ...process.env, CLAUDE_CONFIG_DIR: options.folder };
  const args = ['--expose-gc', subject, task, JSON.stringify(options)];
  const { stdout } = await run(process.execPath, args, { env, timeout: limitMs, killSignal: 'SIGKILL' });
  return JSON.parse(stdout);
}
