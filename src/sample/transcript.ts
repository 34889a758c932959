import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { v4 as newUuid } from 'uuid';
import {
  groupsOf,
  type JsonRecord,
  projectFolder,
  type SampleFormat,
  type TranscriptFacts,
} from './format.ts';
import type { SampleMessage } from './notation.ts';

/** A sample transcript on disk, as the sample agent carries it on. */
export interface Transcript {
  readonly session: string;
  readonly path: string;
  readonly facts: TranscriptFacts;
  /** Bytes; 0 for a session that has no file yet. */
  readonly size: number;
  readonly updated: number;
}

/** A session that has no file before its first turn. */
export function newTranscript(format: SampleFormat, home: string, cwd: string): Transcript {
  const session = newUuid();
  const path = join(home, ...format.projects, projectFolder(cwd), ...format.file(session));
  return {
    session,
    path,
    facts: { leaf: null, cwd, title: 'New session', texts: [] },
    size: 0,
    updated: Date.now(),
  };
}

/** All transcripts of a home, in no order. */
export async function transcripts(format: SampleFormat, home: string): Promise<readonly Transcript[]> {
  const projects = join(home, ...format.projects);
  const folders = (await namesIn(projects)).map((name) => dirname(join(projects, name, ...format.file('x'))));
  const paths = await Promise.all(
    folders.map(async (folder) => (await namesIn(folder)).map((name) => join(folder, name))),
  );
  return Promise.all(
    paths
      .flat()
      .filter((path) => path.endsWith('.jsonl'))
      .map((path) => readTranscript(format, path)),
  );
}

/** The transcript of a session, read afresh, or undefined. */
export async function findTranscript(
  format: SampleFormat,
  home: string,
  session: string,
): Promise<Transcript | undefined> {
  return (await transcripts(format, home)).find((transcript) => transcript.session === session);
}

/** Appends a turn in the agent's own records, behind the leaf that stands in the file now. */
export async function appendTurn(
  format: SampleFormat,
  transcript: Transcript,
  turn: readonly SampleMessage[],
  began: number,
): Promise<void> {
  const { session, path, facts } = transcript;
  const timed = turn.map((message, index) => ({ ...message, at: began + index * 1000 }));
  const context = { session, cwd: facts.cwd, newId: () => newUuid() };
  const lines = groupsOf(format, timed, facts.leaf, context)
    .flat()
    .map((record) => `${JSON.stringify(record)}\n`);
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, (await endsInLine(path)) + lines.join(''), { mode: 0o600 });
}

/** A line end when the file breaks off in a line, so that the next record stands in a line of its own. */
async function endsInLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text === '' || text.endsWith('\n') ? '' : '\n';
}

async function readTranscript(format: SampleFormat, path: string): Promise<Transcript> {
  const [text, stats] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
  const session = path.replace(/^.*[/\\]/, '').replace(/\.jsonl$/, '');
  return {
    session,
    path,
    facts: format.facts(recordsOf(text)),
    size: stats.size,
    updated: stats.mtimeMs,
  };
}

function recordsOf(text: string): readonly JsonRecord[] {
  return text.split('\n').flatMap((line) => {
    const record = parsed(line);
    return record === undefined ? [] : [record];
  });
}

function parsed(line: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // A line that breaks off: samples have one on purpose.
    return undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
