import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { MoltisHome } from '../../unit/stores/moltisHome.ts';

/** An agent's real files: those that are mutated (or go along whole), and those that always stand beside them. */
export interface Home {
  readonly agent: string;
  /** Where the files go below the home of a case. */
  readonly root: string;
  readonly transcripts: ReadonlyMap<string, Buffer>;
  readonly beside: ReadonlyMap<string, Buffer>;
}

const fixtures = join(import.meta.dirname, '../../fixtures');
/** Larger ones take time and show nothing that smaller ones do not. */
const transcriptLimit = 120_000;

function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = found.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(
    paths.map((path) => [
      path
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
      readFileSync(path),
    ]),
  );
}

function homeOf(agent: string, root: string, files: ReadonlyMap<string, Buffer>, isTranscript: RegExp): Home {
  const all = [...files];
  return {
    agent,
    root,
    transcripts: new Map(
      all.filter(([path, bytes]) => isTranscript.test(path) && bytes.length < transcriptLimit),
    ),
    beside: new Map(all.filter(([path]) => !isTranscript.test(path))),
  };
}

const jsonl = /\.jsonl?$/;

/** Moltis has no folder among the fixtures: its database is made from its schema. */
function moltisFiles(): ReadonlyMap<string, Buffer> {
  using home = new MoltisHome();
  for (const fixture of ['main', 'four', 'compacted', 'open'] as const) {
    home.add(`session:${fixture}`, fixture);
  }
  home.data.database.close();
  return filesBelow(home.folder);
}

const copied = (agent: string): ReadonlyMap<string, Buffer> => filesBelow(join(fixtures, agent));

/** Every agent's home. Databases are mutated as files and by what their rows hold. */
export const homes = (): readonly Home[] => [
  homeOf('claude-code', 'claude-code', copied('claude-code'), /^projects\/.*\.jsonl$/),
  homeOf('qwen-code', 'qwen-code', copied('qwen-code'), /^projects\/.*\.jsonl$/),
  homeOf('codex', 'codex', copied('codex/rewound'), /rollout-.*\.jsonl$/),
  homeOf('gemini-cli', 'gemini-cli', copied('gemini-cli'), /^tmp\/.*\.jsonl?$/),
  homeOf('pi', 'pi', copied('pi'), jsonl),
  homeOf('moltis', 'moltis', moltisFiles(), jsonl),
  homeOf(
    'goose',
    'goose',
    new Map([['sessions/sessions.db', readFileSync(join(fixtures, 'goose/sessions.db'))]]),
    /^$/,
  ),
  homeOf(
    'opencode',
    'opencode',
    new Map([['opencode.db', readFileSync(join(fixtures, 'opencode/opencode.db'))]]),
    /^$/,
  ),
];
