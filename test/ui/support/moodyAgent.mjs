/**
 * The sample agent in the moods of agents in trouble: it signs nobody in, refuses, ends, or offers other modes and
 * models. `moods.ts` writes the mood and reads what is noted here: each start and each request, with the process's id.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { ndJsonStream } from '@agentclientprotocol/sdk/unstable';
import { sampleFormats } from '../../../src/sample/formats.ts';
import { SampleServer } from '../../../src/sample/server.ts';

const { values } = parseArgs({ options: { format: { type: 'string' }, home: { type: 'string' } } });
const format = Object.values(sampleFormats).find(({ agent }) => agent === values.format);
const folder = process.env.SESSION_FORKS_MOODS;
const methods = new Map();
let signedIn = false;

const mood = () => JSON.parse(readFileSync(join(folder, 'mood.json'), 'utf8'));
const note = (method, params = {}) =>
  appendFileSync(join(folder, 'notes.jsonl'), `${JSON.stringify({ pid: process.pid, method, params })}\n`);

/** What is answered without asking the sample agent; undefined when it is asked. */
function ownAnswer({ method, params }) {
  const { signIn, refuse = {}, answer = {} } = mood();
  if (signIn && method === 'authenticate') {
    signedIn = params.methodId === signIn.works;
    return signedIn ? { result: {} } : { error: { code: -32603, message: signIn.refusal } };
  }
  if (signIn && !signedIn && method !== 'initialize') {
    return { error: { code: -32000, message: 'Authentication required' } };
  }
  return refuse[method] ? { error: refuse[method] } : answer[method] && { result: answer[method] };
}

/** The sample agent's answer with what the mood adds to it. */
function withMood(message) {
  const { signIn, add = {} } = mood();
  const method = methods.get(message.id);
  const more = method === 'initialize' && signIn ? { authMethods: signIn.methods } : add[method];
  return more && message.result ? { ...message, result: { ...message.result, ...more } } : message;
}

const { readable, writable } = ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin));
const writer = writable.getWriter();
const toServer = new TransformStream({
  async transform(message, controller) {
    if (message.method !== undefined) {
      note(message.method, message.params);
      if (mood().exitAt === message.method) process.exit(1);
      if (mood().silentAt === message.method) return;
    }
    const own = message.id !== undefined && message.method !== undefined && ownAnswer(message);
    if (own) {
      await writer.write({ jsonrpc: '2.0', id: message.id, ...own });
      if (own.error) note('refused');
    } else {
      methods.set(message.id, message.method);
      controller.enqueue(message);
    }
  },
});
const fromServer = new WritableStream({
  write: (message) => writer.write(message.method === undefined ? withMood(message) : message),
});

note('start');
const stream = { readable: readable.pipeThrough(toServer), writable: fromServer };
void new SampleServer(format, values.home)
  .app()
  .connect(stream)
  .closed.then(() => process.exit(0));
