import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isRunning } from '../../../src/stores/common/runningProcess.ts';
import { program } from '../../agents/support/programs.ts';
import { filler } from '../../bench/support/sessions.ts';
import type { Made } from './homes.ts';
import { commandIn } from './store.ts';

const fixture = join(import.meta.dirname, '../../fixtures/goose/sessions.db');
const session = '20261121_1';
const turnBytes = 4_000;
const begin = 1_795_227_084;

const insert = `INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json)
  VALUES (?, '${session}', ?, ?, ?, '{"userVisible":true,"agentVisible":true}')`;

/**
 * A home of goose with one session of about `bytes`. Its own program does what the store asks for: a fork where the turns
 * stand apart by `seconds`, else an import.
 */
export async function gooseHome(bytes: number, seconds: number): Promise<Made> {
  const home = mkdtempSync(join(tmpdir(), 'session-forks-faults-'));
  // goose can be told of a folder of this name.
  const folder = join(home, 'data');
  const path = join(folder, 'sessions', 'sessions.db');
  mkdirSync(join(folder, 'sessions'), { recursive: true });
  copyFileSync(fixture, path);
  const database = new DatabaseSync(path);
  database.exec(`DELETE FROM messages; DELETE FROM sessions WHERE id != '${session}'`);
  database.prepare('UPDATE sessions SET working_dir = ?').run(home);
  const add = database.prepare(insert);
  database.exec('BEGIN');
  for (let turn = 0; turn * turnBytes < bytes; turn++) {
    const at = begin + turn * seconds;
    add.run(`p${turn}`, 'user', contentOf(`part ${turn}`), at);
    add.run(`r${turn}`, 'assistant', contentOf(filler(turnBytes)), at);
  }
  database.exec('COMMIT');
  database.close();
  await writeCommand(folder);
  return { folder, session, path, target: folder, digest: () => rowsOf(path) };
}

const contentOf = (text: string): string => JSON.stringify([{ type: 'text', text }]);

/** The program without anything of the person's; each run notes its process. */
async function writeCommand(folder: string): Promise<void> {
  const { command } = await program('goose');
  const lines = [
    '#!/bin/sh',
    `echo $$ >> '${runsOf(folder)}'`,
    'export GOOSE_DISABLE_KEYRING=1 GOOSE_TELEMETRY_ENABLED=false',
    `exec '${command}' "$@"`,
  ];
  writeFileSync(commandIn(folder), `${lines.join('\n')}\n`, { mode: 0o755 });
}

const runsOf = (folder: string): string => join(folder, 'runs');

/** All that is stored of the source. */
const rowsOf = (path: string): string =>
  JSON.stringify([
    ...rowsBy(path, `SELECT * FROM sessions WHERE id = '${session}'`),
    ...rowsBy(path, `SELECT * FROM messages WHERE session_id = '${session}' ORDER BY id`),
  ]);

/** How many sessions the database holds, unfinished ones among them. */
export const sessionCount = ({ path }: Pick<Made, 'path'>): number =>
  rowsBy(path, 'SELECT id FROM sessions').length;

function rowsBy(path: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Whether a run of the program goes on: it may outlive who started it. */
export const isBusy = ({ folder }: Pick<Made, 'folder'>): boolean =>
  existsSync(runsOf(folder)) && readFileSync(runsOf(folder), 'utf8').split('\n').map(Number).some(isRunning);
