import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Message, messageId, type ReplyPart } from '../../../src/core/model.ts';
import { findIn, mostHits, promptBeside } from '../../../src/vscode/panel/find.ts';
import { toolCall } from '../support/messages.ts';

const prompt = (text: string): Message => ({
  kind: 'prompt',
  id: messageId('p'),
  text,
  attachments: [],
});
const reply = (...parts: readonly ReplyPart[]): Message => ({
  kind: 'reply',
  id: messageId('r'),
  parts,
  finished: true,
  endsTurn: true,
});
/** `message.part.nth` of each hit. */
async function hits(messages: readonly Message[], text: string, matchCase = false): Promise<string> {
  const found = await findIn(messages, { text, matchCase }, new AbortController().signal);
  return found.hits.map(({ message, part, nth }) => `${message}.${part}.${nth}`).join(' ');
}

describe('finding in a session', () => {
  it('looks through prompts, texts, thoughts, and what tools were given and gave', async () => {
    const messages = [
      prompt('needle needle'),
      reply(
        { kind: 'thinking', text: 'a needle' },
        { kind: 'text', text: 'no' },
        { kind: 'text', text: 'needle' },
      ),
      reply(toolCall({ target: 'grep needle', output: 'x\nneedle' })),
      reply(toolCall({ action: 'other', input: '{"q":"needle"}' })),
      reply(
        toolCall({ action: 'edit', edits: [{ path: 'f', before: 'needle\nsame', after: 'same\nneedles' }] }),
      ),
    ];
    assert.equal(await hits(messages, 'needle'), '0.0.0 0.0.1 1.0.0 1.2.0 2.0.0 2.0.1 3.0.0 4.0.0 4.0.1');
  });

  it('does not mind case, unless it is told to', async () => {
    assert.equal(await hits([prompt('Foo foo')], 'FOO'), '0.0.0 0.0.1');
    assert.equal(await hits([prompt('Foo foo')], 'Foo', true), '0.0.0');
  });

  it('finds words that are parted by marks of bold or code only, as they are read', async () => {
    assert.equal(await hits([reply({ kind: 'text', text: 'the **red** `fox`' })], 'red fox'), '0.0.0');
  });

  it('finds words in coloured output of a terminal', async () => {
    assert.equal(await hits([reply(toolCall({ output: '\u001b[31mre\u001b[0md' }))], 'red'), '0.0.0');
  });

  it('takes the text as it is, not as a pattern', async () => {
    assert.equal(await hits([prompt('a.c abc')], 'a.c'), '0.0.0');
    assert.equal(await hits([prompt('(((')], '(('), '0.0.0');
  });

  it('stops at the most hits and says that there are more', async () => {
    const messages = [prompt('x '.repeat(mostHits - 1)), prompt('x x')];
    const found = await findIn(messages, { text: 'x', matchCase: false }, new AbortController().signal);
    assert.deepEqual([found.hits.length, found.more], [mostHits, true]);
  });

  it('gives up when another search has begun', async () => {
    const stopped = new AbortController();
    const messages = Array.from({ length: 5000 }, () => prompt('x'));
    const finding = findIn(messages, { text: 'x', matchCase: false }, stopped.signal);
    stopped.abort();
    assert.ok((await finding).hits.length < messages.length);
  });
});

describe('the prompt beside a message', () => {
  const messages = [prompt('1'), reply(), reply(), prompt('2'), reply()];

  it('is the next one, or the one before, and never the message itself', () => {
    assert.deepEqual(
      [promptBeside(messages, 0, false), promptBeside(messages, 2, false), promptBeside(messages, 4, true)],
      [3, 3, 3],
    );
    assert.equal(promptBeside(messages, 3, true), 0);
  });

  it('is none at the ends', () => {
    assert.deepEqual([promptBeside(messages, 3, false), promptBeside(messages, 0, true)], [-1, -1]);
  });
});
