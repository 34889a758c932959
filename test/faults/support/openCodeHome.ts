import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { turns } from './homes.ts';
import { installProgram, makeDatabase, type ProgramHome, rowsOf } from './programHome.ts';

const session = 'ses_e0433551fffeWbqc5YI2yR7Nwr';
const begin = 1_795_225_856_840;
const stepMs = 1_000;

const model = { providerID: 'stub', modelID: 'stub-1' };
const noTokens = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } };

/** A home of OpenCode with one session of about `bytes`. */
export async function openCodeHome(bytes: number): Promise<ProgramHome> {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-faults-'));
  const path = join(folder, 'opencode.db');
  makeDatabase('opencode/opencode.db', path, (database) => {
    for (const table of ['event', 'event_sequence', 'part', 'message']) {
      database.exec(`DELETE FROM ${table}`);
    }
    database.exec(`DELETE FROM session WHERE id != '${session}'`);
    database.prepare(`UPDATE session SET directory = ?, project_id = 'global'`).run(folder);
    const message = database.prepare(`INSERT INTO message VALUES (?, '${session}', ?, ?, ?)`);
    const part = database.prepare(`INSERT INTO part VALUES (?, ?, '${session}', ?, ?, ?)`);
    const add = (id: string, at: number, data: unknown, texts: readonly string[]): void => {
      message.run(`msg_${id}`, at, at, JSON.stringify(data));
      texts.forEach((text, index) => {
        const said = JSON.stringify({ type: 'text', text });
        part.run(`prt_${id}_${index}`, `msg_${id}`, at + index, at + index, said);
      });
    };
    turns(bytes, (turn, text) => {
      const [number, at] = [String(turn).padStart(5, '0'), begin + 2 * turn * stepMs];
      add(`p${number}`, at, asked(at), [`part ${turn}`]);
      add(`r${number}`, at + stepMs, said(folder, `msg_p${number}`, at + stepMs), [text, `end ${turn}`]);
      return [];
    });
  });
  await installProgram(folder, 'opencode', { OPENCODE_DISABLE_MODELS_FETCH: '1' });
  const digest = () =>
    rowsOf(
      path,
      `SELECT * FROM session WHERE id = '${session}'`,
      `SELECT * FROM message WHERE session_id = '${session}' ORDER BY id`,
      `SELECT * FROM part WHERE session_id = '${session}' ORDER BY id`,
    );
  return {
    folder,
    session,
    path,
    target: folder,
    digest: () => JSON.stringify(digest()),
    stored: () => rowsOf(path, 'SELECT id FROM session').length,
  };
}

const asked = (created: number) => ({ role: 'user', time: { created }, agent: 'build', model });

const said = (cwd: string, parentID: string, created: number) => ({
  ...model,
  role: 'assistant',
  parentID,
  mode: 'build',
  agent: 'build',
  path: { cwd, root: cwd },
  cost: 0,
  tokens: noTokens,
  time: { created, completed: created + 1 },
  finish: 'stop',
});
