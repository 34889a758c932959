import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { v5 as uuidFrom } from 'uuid';
import {
  type Group,
  groupsOf,
  leafOf,
  projectFolder,
  type RecordContext,
  type SampleFormat,
  type TimedMessage,
  textField,
} from './format.ts';
import { sampleFormats } from './formats.ts';
import { type SampleMessage, type SampleSession, say } from './notation.ts';
import { sampleSessions } from './sessions.ts';

export interface SampleOptions {
  /** The folder in place of the person's home; their own sessions are never touched. */
  readonly home: string;
  /** The workspace that the story takes place in: an absolute path. */
  readonly cwd: string;
  /** Now, in ms since 1970: the story's times are told back from it. */
  readonly now: number;
  /** Write the samples again, over what became of them. */
  readonly fresh?: boolean;
}

/** A sample's records: one group for each message of its active chain, and the text of its file. */
interface Written {
  readonly id: string;
  readonly chain: readonly Group[];
  readonly text: string;
}

const idSpace = 'f2a1c1de-7a3b-5c0f-9a55-5f0e6b1d7a10';
const minute = 60_000;

/** A person takes two minutes for a prompt, the model half a minute for a reply. */
const pace = { prompt: 2 * minute, reply: minute / 2 } as const;

/**
 * Writes the sample sessions of a workspace, once: later calls leave alone what became of them, deleted ones included.
 * Throws only what writing throws.
 */
export async function installSamples(options: SampleOptions): Promise<void> {
  const marker = join(options.home, 'samples', `${projectFolder(options.cwd)}.json`);
  if (!options.fresh && (await exists(marker))) {
    return;
  }
  const written = new Map<string, Written>();
  for (const session of sampleSessions) {
    const sample = write(session, written, options);
    written.set(session.key, sample);
    if (!session.deleted) {
      await publish(session, sample, options);
    }
  }
  await mkdir(dirname(marker), { recursive: true });
  await writeFile(marker, `${JSON.stringify({ cwd: options.cwd, installed: options.now })}\n`);
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

function write(
  session: SampleSession,
  written: ReadonlyMap<string, Written>,
  options: SampleOptions,
): Written {
  const format = sampleFormats[session.agent];
  const context = contextOf(session, options);
  const inherited = inheritedGroups(session, written, format, context.session);
  const own = timed(session.messages, options.now - session.minutesAgo * minute);
  const { chain, rewound } = chained(session, inherited, own, format, context);
  const closing = format.closing(
    session.title,
    chain,
    lastPrompt(session),
    session.fork !== undefined,
    context,
  );
  const kept = session.rewound?.keeps ?? chain.length;
  const records = [...chain.slice(0, kept), ...rewound, ...chain.slice(kept), closing].flat();
  const lines = records.map((record) => JSON.stringify(record));
  const text = `${lines.join('\n')}\n${brokenLine(session, chain, format, context)}`;
  return { id: context.session, chain, text };
}

/** The half of a line that was being written when the machine stopped. */
function brokenLine(
  session: SampleSession,
  chain: readonly Group[],
  format: SampleFormat,
  context: RecordContext,
): string {
  if (session.breaksOff === undefined) {
    return '';
  }
  const at = Date.parse(textField(chain.at(-1)?.[0], 'timestamp') ?? '') + pace.reply;
  const [group] = groupsOf(format, [{ ...say(session.breaksOff), at }], leafOf(chain), context);
  const line = JSON.stringify(group?.[0]);
  return line.slice(0, Math.floor(line.length / 2));
}

/** The messages' groups in a row; a branch left by a rewind hangs from where it was left, with its own groups. */
function chained(
  session: SampleSession,
  inherited: readonly Group[],
  own: readonly TimedMessage[],
  format: SampleFormat,
  context: RecordContext,
): { readonly chain: readonly Group[]; readonly rewound: readonly Group[] } {
  const chain = [...inherited, ...groupsOf(format, own, leafOf(inherited), context)];
  if (!session.rewound) {
    return { chain, rewound: [] };
  }
  const { keeps, messages } = session.rewound;
  const before = own[keeps - inherited.length]?.at ?? 0;
  const left = groupsOf(
    format,
    timed(messages, before - pace.prompt),
    leafOf(chain.slice(0, keeps)),
    context,
  );
  return { chain, rewound: left };
}

function inheritedGroups(
  { fork }: SampleSession,
  written: ReadonlyMap<string, Written>,
  format: SampleFormat,
  id: string,
): readonly Group[] {
  const parent = fork && written.get(fork.of);
  return parent
    ? parent.chain
        .slice(0, fork.keeps)
        .map((group) => group.map((record) => format.copied(record, parent.id, id)))
    : [];
}

/** Messages with their times, the last one at `end`. */
function timed(messages: readonly SampleMessage[], end: number): readonly TimedMessage[] {
  let at = end;
  return messages
    .toReversed()
    .map((message) => {
      const one = { ...message, at };
      at -= pace[message.kind];
      return one;
    })
    .toReversed();
}

function contextOf(session: SampleSession, options: SampleOptions): RecordContext {
  const cwd = session.folder === undefined ? options.cwd : join(options.home, 'folders', session.folder);
  const id = uuidFrom(`${options.cwd}\n${session.key}`, idSpace);
  let count = 0;
  return {
    session: id,
    cwd,
    newId: () => {
      count += 1;
      return uuidFrom(String(count), id);
    },
  };
}

function lastPrompt(session: SampleSession): string {
  return session.messages.findLast((message) => message.kind === 'prompt')?.text ?? '';
}

async function publish(session: SampleSession, sample: Written, options: SampleOptions): Promise<void> {
  const format = sampleFormats[session.agent];
  const { cwd } = contextOf(session, options);
  const file = join(options.home, ...format.projects, projectFolder(cwd), ...format.file(sample.id));
  await mkdir(dirname(file), { recursive: true });
  if (session.folder !== undefined) {
    await mkdir(cwd, { recursive: true });
  }
  await writeFile(file, sample.text, { mode: 0o600 });
  const used = new Date(options.now - session.minutesAgo * minute);
  await utimes(file, used, used);
}
