import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isRunning } from '../../../src/stores/common/runningProcess.ts';
import { type ProgramName, program } from '../../agents/support/programs.ts';
import type { Made } from './homes.ts';
import { programsIn } from './store.ts';

/** A home in which the agent's own program makes the forks. */
export interface ProgramHome extends Made {
  /** How many sessions are stored, unfinished ones among them. */
  readonly stored: () => number;
}

/** Puts the agent's program into a home, without anything of the person's; each run notes its process. */
export async function installProgram(
  folder: string,
  name: ProgramName,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { command, args } = await program(name);
  const file = join(programsIn(folder), name);
  const lines = [
    '#!/bin/sh',
    `echo $$ >> '${runsOf(folder)}'`,
    ...Object.entries(variables).map(([key, value]) => `export ${key}='${value}'`),
    `exec ${[command, ...args].map((part) => `'${part}'`).join(' ')} "$@"`,
  ];
  mkdirSync(dirname(file));
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
}

const runsOf = (folder: string): string => join(folder, 'runs');

/** Whether a run of the program goes on: it may outlive who started it. */
export const isBusy = ({ folder }: Pick<Made, 'folder'>): boolean =>
  existsSync(runsOf(folder)) && readFileSync(runsOf(folder), 'utf8').split('\n').map(Number).some(isRunning);

/** A copy of a fixture's database at `path`, changed by `change` in one piece. */
export function makeDatabase(fixture: string, path: string, change: (database: DatabaseSync) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(import.meta.dirname, '../../fixtures', fixture), path);
  const database = new DatabaseSync(path);
  database.exec('BEGIN');
  change(database);
  database.exec('COMMIT');
  database.close();
}

/** What queries find in a database. */
export function rowsOf(path: string, ...queries: readonly string[]): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    return queries.flatMap((sql) => database.prepare(sql).all());
  } finally {
    database.close();
  }
}
