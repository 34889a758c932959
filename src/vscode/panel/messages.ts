import type { PromptInput } from '../../core/liveAgent.ts';
import { type Attachment, agentId, messageId, type SessionRef, sessionId } from '../../core/model.ts';
import type { FromPage, NoticeAction, PanelCommand } from '../../protocol.ts';
import type { KeptQueue } from './keptQueue.ts';
import type { QueuedInput } from './promptQueue.ts';

type Fields = Readonly<Record<string, unknown>>;
type Readers = { readonly [Type in FromPage['type']]: (fields: Fields) => FromPage & { type: Type } };

/** The longest text that the page may send, in UTF-16 units. */
const longest = 20_000_000;

/** What the page sent, checked field by field; undefined when it is no message of the protocol. */
export function parseFromPage(value: unknown): FromPage | undefined {
  const fields = toFields(value);
  const read = fields && readerOf(fields.type);
  return whenValid(() => fields && read?.(fields));
}

/** The session that the page kept in its state over a reload; undefined when there is none. */
export function parseSavedSession(state: unknown): SessionRef | undefined {
  const kept = toFields(toFields(state)?.session);
  return kept && typeof kept.agent === 'string' && typeof kept.id === 'string'
    ? { agent: agentId(kept.agent), id: sessionId(kept.id) }
    : undefined;
}

/** What was kept of prompts, checked as those of the page are; undefined when it is not of that form. */
export function parseKeptQueue(value: unknown): KeptQueue | undefined {
  return whenValid(() => {
    const { queue, running, stored } = record(value);
    return {
      queue: list(queue).map(queuedInput),
      ...(running !== undefined && { running: queuedInput(running), stored: number(stored) }),
    };
  });
}

/** What a text of the wrong form leads to is no message. */
function whenValid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}

const readers: Readers = {
  ready: () => ({ type: 'ready' }),
  load: (m) => ({ type: 'load', from: number(m.from), to: number(m.to) }),
  find: (m) => ({ type: 'find', text: text(m.text), matchCase: m.matchCase === true }),
  outline: () => ({ type: 'outline' }),
  seekPrompt: (m) => ({ type: 'seekPrompt', from: number(m.from), back: m.back === true }),
  prompt: (m) => ({ type: 'prompt', ...queuedInput(m) }),
  askAside: (m) => ({ type: 'askAside', ...input(m) }),
  closeAside: () => ({ type: 'closeAside' }),
  stop: () => ({ type: 'stop' }),
  start: () => ({ type: 'start' }),
  editQueued: (m) => ({ type: 'editQueued', number: number(m.number) }),
  dropQueued: (m) => ({ type: 'dropQueued', number: number(m.number) }),
  sendQueued: (m) => ({ type: 'sendQueued', number: number(m.number) }),
  sendQueue: () => ({ type: 'sendQueue' }),
  permission: (m) => ({ type: 'permission', request: text(m.request), option: text(m.option) }),
  forkAfter: (m) => ({ type: 'forkAfter', message: messageId(text(m.message)) }),
  forkBefore: (m) => ({ type: 'forkBefore', message: messageId(text(m.message)) }),
  fork: (m) => ({ type: 'fork', ...(m.title !== undefined && { title: text(m.title) }) }),
  open: (m) => ({
    type: 'open',
    session: session(m.session),
    ...(m.message !== undefined && { message: number(m.message) }),
    ...(m.top !== undefined && { top: px(m.top) }),
  }),
  showTranscript: (m) => ({
    type: 'showTranscript',
    ...(m.message !== undefined && { message: messageId(text(m.message)) }),
  }),
  showLine: (m) => ({ type: 'showLine', line: number(m.line) }),
  openDiff: (m) => ({
    type: 'openDiff',
    message: messageId(text(m.message)),
    tool: text(m.tool),
    edit: number(m.edit),
  }),
  copy: (m) => ({ type: 'copy', text: text(m.text) }),
  insert: (m) => ({ type: 'insert', text: text(m.text) }),
  openFile: (m) => ({ type: 'openFile', path: text(m.path) }),
  openLink: (m) => ({ type: 'openLink', url: text(m.url) }),
  attach: () => ({ type: 'attach' }),
  attachFiles: (m) => ({ type: 'attachFiles', uris: list(m.uris).map(text) }),
  findMentions: (m) => ({ type: 'findMentions', query: text(m.query) }),
  action: (m) => ({ type: 'action', id: oneOf(m.id, noticeActions) }),
  signIn: (m) => ({ type: 'signIn', method: text(m.method) }),
  command: (m) => ({ type: 'command', id: oneOf(m.id, panelCommands) }),
  setMode: (m) => ({ type: 'setMode', id: text(m.id) }),
  setModel: (m) => ({ type: 'setModel', id: text(m.id) }),
};

// Records, so that a name that is missing or too many is an error of the compiler.
const noticeActions: Readonly<Record<NoticeAction, true>> = {
  checkAgain: true,
  dismiss: true,
  endIdle: true,
  forkForModel: true,
  installInTerminal: true,
  manageTrust: true,
  resumeInTerminal: true,
  retry: true,
  setKey: true,
  setLimit: true,
  setPath: true,
  showLog: true,
  startAgain: true,
  takeOffer: true,
};

const panelCommands: Readonly<Record<PanelCommand, true>> = {
  copyResumeCommand: true,
  rename: true,
  resumeInTerminal: true,
  showInTree: true,
  showLog: true,
};

function readerOf(type: unknown): ((fields: Fields) => FromPage) | undefined {
  return typeof type === 'string' && isKey(readers, type) ? readers[type] : undefined;
}

const isKey = <T extends object>(table: T, key: string): key is Extract<keyof T, string> =>
  Object.hasOwn(table, key);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toFields = (value: unknown): Fields | undefined => (isFields(value) ? value : undefined);

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > longest) {
    throw new TypeError('not a text');
  }
  return value;
}

function number(value: unknown): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) {
    throw new TypeError('not a count');
  }
  return Number(value);
}

/** A place on the page, which may be above its top. */
function px(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError('not a place');
  }
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TypeError('not a list');
  }
  return value;
}

function oneOf<Name extends string>(value: unknown, names: Readonly<Record<Name, true>>): Name {
  const name = text(value);
  if (!isKey(names, name)) {
    throw new TypeError('not a known name');
  }
  return name;
}

function session(value: unknown): SessionRef {
  const ref = parseSavedSession({ session: value });
  if (!ref) {
    throw new TypeError('not a session');
  }
  return ref;
}

const input = ({ text: words, attachments }: Fields): PromptInput => ({
  text: text(words),
  attachments: list(attachments).map(attachment),
});

function queuedInput(value: unknown): QueuedInput {
  const fields = record(value);
  return { ...input(fields), ...(fields.checkpoint === true && { checkpoint: true }) };
}

function record(value: unknown): Fields {
  const fields = toFields(value);
  if (!fields) {
    throw new TypeError('not a record');
  }
  return fields;
}

function attachment(value: unknown): Attachment {
  const fields = record(value);
  return {
    name: text(fields.name),
    ...(fields.mimeType !== undefined && { mimeType: text(fields.mimeType) }),
    ...(fields.data !== undefined && { data: text(fields.data) }),
    ...(fields.path !== undefined && { path: text(fields.path) }),
  };
}
