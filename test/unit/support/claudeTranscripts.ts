import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Message, type SessionId, sessionId } from '../../../src/core/model.ts';
import type { ForkCut, SessionStore } from '../../../src/core/store.ts';
import { claudeCode } from '../../../src/stores/claudeCode/index.ts';

export const fixtures = fileURLToPath(new URL('../../fixtures/claude-code/', import.meta.url));
export const project = '-srv-dev-sample';
export const cwd = '/srv/dev/sample';

/** A short name as a UUID: `u1` is `u1000000-…`, told apart by its characters' codes. */
export const id = (name: string): string => {
  const code = Buffer.from(name).toString('hex').padEnd(12, '0').slice(0, 12);
  return `00000000-0000-4000-8000-${code}`;
};
export const session = (name: string): SessionId => sessionId(id(name));

type Fields = Readonly<Record<string, unknown>>;

let clock = Date.parse('2026-11-01T00:00:00Z');

/** A record on the chain of session `s`; `parent` is the short name of the record before. */
export function link(name: string, parent: string | null, fields: Fields): Fields {
  clock += 1000;
  return {
    parentUuid: parent === null ? null : id(parent),
    isSidechain: false,
    uuid: id(name),
    timestamp: new Date(clock).toISOString(),
    cwd,
    sessionId: id('s'),
    version: '2.1.329',
    ...fields,
  };
}

export const user = (name: string, parent: string | null, content: unknown = name, more: Fields = {}) =>
  link(name, parent, { type: 'user', message: { role: 'user', content }, ...more });

export const assistant = (name: string, parent: string, content: readonly Fields[], more: Fields = {}) => {
  const { reply = `msg_${name}`, stop = 'end_turn', ...rest } = more;
  return link(name, parent, {
    type: 'assistant',
    message: { id: reply, role: 'assistant', model: 'stub-model', content, stop_reason: stop },
    ...rest,
  });
};

export const says = (name: string, parent: string, text = name) =>
  assistant(name, parent, [{ type: 'text', text }]);

export const calls = (
  name: string,
  parent: string,
  call: string,
  reply = `msg_${name}`,
  tool = 'Bash',
  input: Fields = {},
) =>
  assistant(name, parent, [{ type: 'tool_use', id: call, name: tool, input }], { reply, stop: 'tool_use' });

export const result = (
  name: string,
  parent: string,
  call: string,
  output: unknown = 'done',
  more: Fields = {},
) => user(name, parent, [{ type: 'tool_result', tool_use_id: call, content: output }], more);

export const lastPrompt = (leaf: string, more: Fields = {}) => ({
  type: 'last-prompt',
  lastPrompt: 'x',
  leafUuid: id(leaf),
  sessionId: id('s'),
  ...more,
});

/** Two turns: u1 a1 u2 a2. */
export const twoTurns = (): readonly Fields[] => [
  user('u1', null),
  says('a1', 'u1'),
  user('u2', 'a1'),
  says('a2', 'u2'),
];

/** A prompt, two calls at once, both results, an answer: u1 [c1 c2 r1 r2] a1. */
export const parallelTools = (): readonly Fields[] => [
  user('u1', null),
  calls('c1', 'u1', 't1', 'msg_c'),
  calls('c2', 'c1', 't2', 'msg_c'),
  result('r1', 'c1', 't1', 'one'),
  result('r2', 'c2', 't2', 'two'),
  says('a1', 'r2'),
];

export const lines = (records: readonly Fields[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A throwaway config folder of Claude Code, with a store on it. */
export interface Bench extends AsyncDisposable {
  readonly root: string;
  readonly store: SessionStore;
  pathOf(session: string): string;
  write(session: string, content: string | readonly Fields[]): Promise<string>;
  records(session: string): Promise<readonly Fields[]>;
}

export async function bench(): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'claude-store-'));
  const pathOf = (name: string): string => join(root, 'projects', project, `${name}.jsonl`);
  return {
    root,
    store: claudeCode({ home: root, variables: { CLAUDE_CONFIG_DIR: root }, folders: {} }),
    pathOf,
    async write(name, content) {
      const path = pathOf(name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, typeof content === 'string' ? content : lines(content));
      return path;
    },
    async records(name) {
      const text = await readFile(pathOf(name), 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line): Fields => JSON.parse(line));
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A bench with all fixtures in it. */
export async function fixtureBench(): Promise<Bench> {
  const made = await bench();
  await cp(fixtures, made.root, { recursive: true });
  return made;
}

/** What a fork after message `keep` of these needs. */
export function cutAfter(messages: readonly Message[], keep: number): ForkCut {
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last && { last }), ...(next && { next }) };
}

/** Messages as one line: prompts by their text, replies by the texts and calls in them. */
export const sketch = (messages: readonly Message[]): string =>
  messages
    .map((message) =>
      message.kind === 'prompt'
        ? message.text
        : message.parts
            .map((part) => (part.kind === 'tool' ? `${part.name}=${part.output}` : part.text))
            .join('+'),
    )
    .join(' | ');
