import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, sessionId } from '../../../src/core/model.ts';
import type { ForkCut } from '../../../src/core/store.ts';
import { restorer } from './listBench.ts';
import type { Measured } from './measured.ts';
import type { Options } from './options.ts';
import { storeOf } from './ownTasks.ts';
import type { Runs } from './runs.ts';
import { type Format, makeStore } from './sessions.ts';
import type { Goal, Row } from './table.ts';

export interface ForkBench {
  readonly agent: string;
  readonly format: Format;
  readonly runs: Runs;
  readonly folder: string;
  readonly bytes: number;
  readonly times: number;
  readonly module?: string;
}

/** Forks one long session at its end and in its middle, and reads its last messages. */
export async function benchForks(bench: ForkBench): Promise<readonly Row[]> {
  const { agent, format, runs, folder, bytes, times, module } = bench;
  const [made] = await makeStore(format, folder, { count: 1, bytes });
  if (!made) {
    throw new Error('No session was made.');
  }
  const { messages } = await storeOf({ agent, folder }).read(sessionId(made.id));
  const { id: session, path, next } = made;
  const options: Options = { agent, folder, session, path, next, ...(module && { module }) };
  const back = removerOfNew(folder);
  const what = `${agent}, ${Math.round(bytes / 1e6)} MB`;
  const copy = await runs('copy', options, times, back);
  const rows: Row[] = [{ what: `${what}, copy`, who: 'cp + fsync', measured: copy }];
  for (const [place, cut] of [
    ['at the end', cutBehind(messages, messages.length)],
    ['in the middle', cutBehind(messages, messages.length >> 1)],
  ] as const) {
    const peer = { ...options, ...(cut.next && cut.last && { after: cut.last }) };
    const sdk = module ? await runs('sdkFork', peer, times, back) : undefined;
    const name = `${what}, fork ${place}`;
    rows.push(...(sdk ? [{ what: name, who: 'Claude Agent SDK', measured: sdk }] : []));
    for (const [task, when] of [
      ['forkShown', 'of a session that was read'],
      ['fork', 'of one that was not'],
    ] as const) {
      const fork = await runs(task, { ...options, cut }, times, back);
      const row = { what: `${name}, ${when}`, who: 'Session Forks', measured: fork };
      rows.push({ ...row, goals: forkGoals(fork, copy, sdk) });
    }
    const whole = await runs('forkService', { ...options, cut }, times, back);
    rows.push({ what: `${name}, all that a person waits for`, who: 'Session Forks', measured: whole });
  }
  return [
    ...rows,
    ...(await benchLast(runs, what, options, times)),
    ...(await benchGrown(runs, what, options, times)),
  ];
}

async function benchLast(runs: Runs, what: string, options: Options, times: number): Promise<readonly Row[]> {
  const name = `${what}, last 100 messages`;
  const sdk = options.module ? await runs('sdkLast', options, times) : undefined;
  const last = await runs('last', options, times);
  const goals = sdk
    ? [{ text: 'wall of the SDK', value: last.wallMs / sdk.wallMs, limit: 1 / 20, unit: 'x' }]
    : [];
  return [
    ...(sdk ? [{ what: name, who: 'Claude Agent SDK', measured: sdk }] : []),
    { what: name, who: 'Session Forks', measured: last, goals },
  ];
}

/** The session listed for the first time, and again after it grew by a line. */
async function benchGrown(
  runs: Runs,
  what: string,
  options: Options,
  times: number,
): Promise<readonly Row[]> {
  const cold = await runs('list', options, times);
  const grown = await runs('append', options, times, restorer(options.path ?? ''));
  return [
    { what: `${what}, listed`, who: 'Session Forks, cold', measured: cold },
    { what: `${what}, grew by a line`, who: 'Session Forks', measured: grown },
  ];
}

const forkGoals = (fork: Measured, copy: Measured, sdk: Measured | undefined): readonly Goal[] => [
  ...(sdk ? [{ text: 'wall of the SDK', value: fork.wallMs / sdk.wallMs, limit: 1 / 6, unit: 'x' }] : []),
  { text: 'of cp + fsync', value: fork.wallMs / copy.wallMs, limit: 4, unit: 'x' },
  { text: 'memory above start', value: fork.aboveStartMb, limit: 64, unit: 'MB' },
  { text: 'longest delay', value: fork.delayMs, limit: 25, unit: 'ms' },
];

/** The cut through the last finished turn among the first `limit` messages. */
function cutBehind(messages: readonly Message[], limit: number): ForkCut {
  const found = messages
    .slice(0, limit)
    .findLastIndex((message) => message.kind === 'reply' && message.endsTurn);
  const last = messages[found]?.id;
  const next = messages[found + 1]?.id;
  return { keep: found + 1, ...(last && { last }), ...(next && { next }) };
}

/** Takes away what runs write beside the source, wherever below `folder` that is. */
function removerOfNew(folder: string): () => void {
  const filesNow = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  const own = new Set(filesNow());
  return () => {
    for (const path of filesNow().filter((other) => !own.has(other))) {
      rmSync(path);
    }
  };
}
