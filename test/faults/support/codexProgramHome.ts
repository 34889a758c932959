import { readdirSync } from 'node:fs';
import { recordOf } from '../../../src/stores/common/fields.ts';
import { parseRecord } from '../../../src/stores/common/jsonl.ts';
import { fixtureText, one } from '../../unit/stores/codexHome.ts';
import { codexHome } from './homes.ts';
import { installProgram, type ProgramHome } from './programHome.ts';

const begun =
  'native/sessions/2026/11/21/rollout-2026-11-21T01-54-56-01a1fbd0-5256-7342-bb97-106c875ec16f.jsonl';

/** A home of Codex with one session of about `bytes`, which begins as Codex itself begins one. */
export async function codexProgramHome(bytes: number): Promise<ProgramHome> {
  const first = parseRecord(fixtureText(begun).split('\n')[0] ?? '');
  const own = { id: one, session_id: one, model_provider: 'openai', cwd: '/' };
  const home = codexHome(bytes, { header: { ...recordOf(first?.payload), ...own } });
  await installProgram(home.folder, 'codex');
  const names = () => readdirSync(home.target, { recursive: true, encoding: 'utf8' });
  return { ...home, stored: () => names().filter((name) => name.endsWith('.jsonl')).length };
}
