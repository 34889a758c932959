import type { SampleAgent, SampleMessage } from './notation.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** A message with the time at which it was sent or came, in ms since 1970. */
export type TimedMessage = SampleMessage & { readonly at: number };

/** What records of one session have in common. `newId` gives the next uuid. */
export interface RecordContext {
  readonly session: string;
  readonly cwd: string;
  readonly newId: () => string;
}

/** The records of one message, in the order of the file. */
export type Group = readonly JsonRecord[];

/** What a transcript says of itself, as far as the sample agent needs it. */
export interface TranscriptFacts {
  /** The record that the next one hangs from. */
  readonly leaf: string | null;
  readonly cwd: string;
  readonly title: string;
  /** Prompts and answers in the order of the file, for a replay. */
  readonly texts: readonly { readonly role: 'user' | 'agent'; readonly text: string }[];
}

/** How one agent stores its sessions. */
export interface SampleFormat {
  readonly agent: SampleAgent;
  readonly agentName: string;
  readonly model: { readonly id: string; readonly name: string };
  /** The folder of an agent's projects below its home. */
  readonly projects: readonly string[];
  /** The transcript's path below a project's folder. */
  file(session: string): readonly string[];
  /** The records of one message; the first one hangs from `parent`. */
  recordsOf(message: TimedMessage, parent: string | null, context: RecordContext): Group;
  /** A record as the agent's own fork copies it. */
  copied(record: JsonRecord, from: string, to: string): JsonRecord;
  /** What stands at the end of a transcript: its title, and which prompt came last. */
  closing(
    title: string,
    groups: readonly Group[],
    lastPrompt: string,
    isFork: boolean,
    context: RecordContext,
  ): Group;
  facts(records: readonly JsonRecord[]): TranscriptFacts;
}

/** Every agent's folder name of a project: all but letters and digits become `-`. */
export const projectFolder = (cwd: string): string => cwd.replaceAll(/[^a-zA-Z0-9]/g, '-');

/** One group a message; the first record hangs from `parent`, every other group from the one before it. */
export function groupsOf(
  format: SampleFormat,
  messages: readonly TimedMessage[],
  parent: string | null,
  context: RecordContext,
): readonly Group[] {
  let leaf = parent;
  return messages.map((message) => {
    const group = format.recordsOf(message, leaf, context);
    leaf = leafOf([group]) ?? leaf;
    return group;
  });
}

/** The uuid of the record that a message after this group hangs from. */
export function leafOf(groups: readonly Group[]): string | null {
  const uuid = groups.at(-1)?.at(-1)?.uuid;
  return typeof uuid === 'string' ? uuid : null;
}

/** Tokens of a text, roughly. */
export const tokensOf = (text: string): number => Math.max(1, Math.ceil(text.length / 4));

/** A file's change as a unified diff's lines: all of the old text out, all of the new one in. */
export function diffLines(before: string, after: string): readonly string[] {
  return [...linesOf(before).map((line) => `-${line}`), ...linesOf(after).map((line) => `+${line}`)];
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

export function textField(value: unknown, key: string): string | undefined {
  const found = field(value, key);
  return typeof found === 'string' ? found : undefined;
}

export function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
