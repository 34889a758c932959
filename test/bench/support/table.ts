import { cpus, loadavg, totalmem } from 'node:os';
import type { Measured } from './measured.ts';

/** One thing that was done, by us and by others on the same files in the same run. */
export interface Row {
  readonly what: string;
  readonly who: string;
  /** Of what runs in VS Code only the time is told. */
  readonly measured: Pick<Measured, 'wallMs'> & Partial<Measured>;
  /** Ours alone: what issue or design ask for, as sentences with whether it holds. */
  readonly goals?: readonly Goal[];
}

export interface Goal {
  readonly text: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
}

const shown = (value: number | undefined): string => value?.toFixed(value < 10 ? 2 : 0) ?? '';

/** The table of a run as Markdown: date, machine's shape, figures, and each goal with what was reached. */
export function report(rows: readonly Row[], date: Date): string {
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory, Node ${process.versions.node}, ${process.platform}, load ${(loadavg()[1] ?? 0).toFixed(1)} meanwhile`;
  return [
    '# Benchmark',
    '',
    `${date.toISOString().slice(0, 10)}, ${machine}. Written by \`npm run bench\`: each figure is the median run of some, each run in`,
    'a fresh process, files in the cache of the system. Memory is the most the process ever held (an empty Node holds about 45 MB);',
    'delay is the longest that the event loop was held up.',
    '',
    '| what | who | wall ms | CPU ms | peak MB | above start MB | delay ms |',
    '|---|---|--:|--:|--:|--:|--:|',
    ...rows.map(line),
    '',
    '| goal | limit | reached | |',
    '|---|--:|--:|---|',
    ...rows.flatMap(({ what, goals = [] }) => goals.map((goal) => goalLine(what, goal))),
    '',
  ].join('\n');
}

const line = ({ what, who, measured }: Row): string =>
  `| ${what} | ${who} | ${shown(measured.wallMs)} | ${shown(measured.cpuMs)} | ${shown(measured.peakMb)} | ${shown(measured.aboveStartMb)} | ${shown(measured.delayMs)} |`;

function goalLine(what: string, { text, value, limit, unit }: Goal): string {
  const digits = (number: number): string => (number < 1 ? number.toFixed(3) : shown(number));
  return `| ${what}: ${text} | ${digits(limit)} ${unit} | ${digits(value)} ${unit} | ${value <= limit ? 'holds' : 'does not hold'} |`;
}
