import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { claudeCode, qwenCode } from '../../bench/support/formats.ts';
import { type Format, filler, type Link, makeStore } from '../../bench/support/sessions.ts';
import {
  asked,
  complete,
  emptyHome,
  one,
  said,
  started,
  type WriteOptions,
  writeRollout,
} from '../../unit/stores/codexHome.ts';
import * as gemini from '../../unit/stores/geminiCliHome.ts';
import * as pi from '../../unit/stores/piHome.ts';

/** The folder of an agent with one session, and where its forks go. */
export interface Made {
  readonly folder: string;
  readonly session: string;
  readonly path: string;
  readonly target: string;
  /** All that the source consists of, where that is not its whole file. */
  readonly digest?: () => string;
}

const backup = { backupFileName: 'abc@v1', version: 1 };

const claudeWithBackups: Format = {
  ...claudeCode,
  turn: (link, number) => [
    ...claudeCode.turn(link, number),
    { type: 'file-history-snapshot', snapshot: { trackedFileBackups: { 'a.ts': backup } } },
  ],
};

const qwenWithBackups: Format = {
  ...qwenCode,
  turn: (link, number) => [...qwenCode.turn(link, number), snapshotOf(link)],
};

const snapshotOf = (link: Link) =>
  link.next({
    type: 'system',
    subtype: 'file_history_snapshot',
    version: '0.24.4',
    systemPayload: {
      snapshots: [{ promptId: `${link.session}########1`, trackedFileBackups: { a: backup } }],
    },
  });

/** A session whose records name a backup of a file. */
async function withBackup(format: Format, bytes: number): Promise<Made> {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-faults-'));
  const [made] = await makeStore(format, folder, { count: 1, bytes });
  if (!made) {
    throw new Error('No session was made.');
  }
  mkdirSync(join(folder, 'file-history', made.id), { recursive: true });
  writeFileSync(join(folder, 'file-history', made.id, backup.backupFileName), 'before');
  return { folder, session: made.id, path: made.path, target: dirname(made.path) };
}

const turnBytes = 4_000;

/** Turns of about `turnBytes`, `bytes` in all. */
export const turns = <Line>(bytes: number, turn: (number: number, text: string) => readonly Line[]): Line[] =>
  Array.from({ length: Math.ceil(bytes / turnBytes) }, (_, number) => turn(number, filler(turnBytes))).flat();

function geminiHome(bytes: number): Made {
  const { folder, chats, ...home } = gemini.emptyGeminiHome();
  const lines = turns(bytes, (number, text) => [
    gemini.ask(`p${number}`, `part ${number}`),
    gemini.answer(`r${number}`, text),
  ]);
  const path = gemini.writeGeminiSession({ folder, chats, ...home }, one, lines);
  return { folder, session: one, path, target: chats };
}

function piHome(bytes: number): Made {
  const home = pi.emptyPiHome();
  const lines = turns(bytes, (number, text) => [pi.ask(`part ${number}`), pi.answer(text)]);
  const path = pi.writePiSession(home, one, lines);
  return { folder: home.folder, session: one, path, target: home.sessions };
}

/** With an archived source all that a copy needs below its target is made by the fork. */
export function codexHome(bytes: number, options: WriteOptions): Made {
  const home = emptyHome();
  const lines = turns(bytes, (number, text) => [
    started(`t${number}`),
    asked(`p${number}`, `part ${number}`),
    said(`r${number}`, text),
    complete(`t${number}`),
  ]);
  const target = join(home.path, 'sessions');
  mkdirSync(target);
  const { path } = writeRollout(home, one, lines, options);
  return { folder: home.path, session: one, path, target };
}

/** What makes a home of each agent whose forks we write ourselves, with a session of about `bytes`. */
export const makers: Readonly<Record<string, (bytes: number) => Made | Promise<Made>>> = {
  'claude-code': (bytes) => withBackup(claudeWithBackups, bytes),
  'qwen-code': (bytes) => withBackup(qwenWithBackups, bytes),
  'gemini-cli': geminiHome,
  pi: piHome,
  codex: (bytes) => codexHome(bytes, { archived: true }),
};
