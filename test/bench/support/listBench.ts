import { mkdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentId } from '../../../src/core/model.ts';
import { listText } from '../../../src/stores/catalogFiles.ts';
import type { Measured } from './measured.ts';
import { listVersion, storeOf } from './ownTasks.ts';
import type { Runs } from './runs.ts';
import { type Format, makeStore, type StoreShape } from './sessions.ts';
import type { Row } from './table.ts';

export interface ListBench {
  readonly agent: string;
  readonly format: Format;
  readonly runs: Runs;
  readonly folder: string;
  readonly shape: StoreShape;
  readonly times: number;
  /** The Claude Agent SDK, where it reads this agent's sessions. */
  readonly module?: string;
}

/** Lists a generated store: cold, again with the earlier list on disk, and after one session grew. */
export async function benchList(bench: ListBench): Promise<readonly Row[]> {
  const { agent, format, runs, folder, shape, times, module } = bench;
  const made = await makeStore(format, folder, shape);
  const paths = join(folder, 'paths.json');
  const lists = join(folder, 'lists');
  const { path = '', next = '' } = made[0] ?? {};
  writeFileSync(paths, JSON.stringify(made.map((session) => session.path)));
  const { sessions } = await storeOf({ agent, folder }).list();
  mkdirSync(lists);
  writeFileSync(join(lists, `${agent}.json`), listText(agentId(agent), listVersion, sessions));
  const options = { agent, folder, paths, lists, path, next };
  const what = `${agent}, list ${shape.count} x ${shape.bytes / 1000} KB`;
  const stat = await runs('stat', options, times);
  const scan = await runs('scan', options, times);
  const list = await runs('list', options, times);
  const relist = await runs('relist', options, times);
  const append = await runs('append', options, times, restorer(path));
  const sdk = module ? await runs('sdkList', { ...options, module }, Math.min(times, 3)) : undefined;
  expectAll([list, relist, append], shape.count);
  const row = (name: string, who: string, measured: Measured): Row => ({ what: name, who, measured });
  return [
    row(what, 'stat of every file', stat),
    row(what, 'every line parsed', scan),
    ...(sdk ? [row(what, 'Claude Agent SDK', sdk)] : []),
    { ...row(what, 'Session Forks, cold', list), goals: coldGoals(list, sdk) },
    {
      ...row(`${what}, nothing changed`, 'Session Forks', relist),
      goals: [{ text: 'of a stat of every file', value: relist.wallMs / stat.wallMs, limit: 3, unit: 'x' }],
    },
    {
      ...row(`${what}, one grew`, 'Session Forks', append),
      goals: [{ text: 'of cold', value: append.wallMs / list.wallMs, limit: 0.01, unit: 'x' }],
    },
  ];
}

const coldGoals = (list: Measured, sdk: Measured | undefined) => [
  { text: 'longest delay', value: list.delayMs, limit: 25, unit: 'ms' },
  ...(sdk
    ? [
        { text: 'wall of the SDK', value: list.wallMs / sdk.wallMs, limit: 1 / 8, unit: 'x' },
        { text: 'peak memory of the SDK', value: list.peakMb / sdk.peakMb, limit: 1 / 4, unit: 'x' },
      ]
    : []),
];

/** A list that leaves sessions out would be fast. */
function expectAll(measured: readonly Measured[], count: number): void {
  if (measured.some(({ told }) => told !== count)) {
    throw new Error(`${measured.map(({ told }) => told).join(', ')} sessions listed instead of ${count}.`);
  }
}

/** Takes back what a run appended. */
export function restorer(path: string): () => void {
  const { size, atime, mtime } = statSync(path);
  return () => {
    truncateSync(path, size);
    utimesSync(path, atime, mtime);
  };
}
