import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { turns } from './homes.ts';
import { installProgram, makeDatabase, type ProgramHome, rowsOf } from './programHome.ts';

const session = '20261121_1';
const begin = 1_795_227_084;

const insert = `INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json)
  VALUES (?, '${session}', ?, ?, ?, '{"userVisible":true,"agentVisible":true}')`;

/**
 * A home of goose with one session of about `bytes`. Its own program does what the store asks for: a fork where the turns
 * stand apart by `seconds`, else an import.
 */
export async function gooseHome(bytes: number, seconds: number): Promise<ProgramHome> {
  const home = mkdtempSync(join(tmpdir(), 'session-forks-faults-'));
  // goose can be told of a folder of this name.
  const folder = join(home, 'data');
  const path = join(folder, 'sessions', 'sessions.db');
  makeDatabase('goose/sessions.db', path, (database) => {
    database.exec(`DELETE FROM messages; DELETE FROM sessions WHERE id != '${session}'`);
    database.prepare('UPDATE sessions SET working_dir = ?').run(home);
    const add = database.prepare(insert);
    turns(bytes, (turn, text) => {
      const at = begin + turn * seconds;
      add.run(`p${turn}`, 'user', contentOf(`part ${turn}`), at);
      add.run(`r${turn}`, 'assistant', contentOf(text), at);
      return [];
    });
  });
  await installProgram(folder, 'goose', { GOOSE_DISABLE_KEYRING: '1', GOOSE_TELEMETRY_ENABLED: 'false' });
  const digest = () =>
    rowsOf(
      path,
      `SELECT * FROM sessions WHERE id = '${session}'`,
      `SELECT * FROM messages WHERE session_id = '${session}' ORDER BY id`,
    );
  return {
    folder,
    session,
    path,
    target: folder,
    digest: () => JSON.stringify(digest()),
    stored: () => rowsOf(path, 'SELECT id FROM sessions').length,
  };
}

const contentOf = (text: string): string => JSON.stringify([{ type: 'text', text }]);
