import './vscodeStub.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agentId,
  type Message,
  messageId,
  type Reply,
  type SessionInfo,
  sessionId,
} from '../../src/core/model.ts';
import { toolCall } from './support/messages.ts';

const { renderTranscript, lineOf } = await import('../../src/vscode/transcript/render.ts');
const { safeMarkdown } = await import('../../src/vscode/transcript/safeMarkdown.ts');

const prompt = (id: string, text: string): Message => ({
  kind: 'prompt',
  id: messageId(id),
  text,
  attachments: [],
});

const reply = (id: string, ...parts: Reply['parts']): Message => ({
  kind: 'reply',
  id: messageId(id),
  parts,
  finished: true,
  endsTurn: true,
});

const text = (words: string): Reply['parts'][number] => ({ kind: 'text', text: words });

function render(messages: readonly Message[], name = 'Add OAuth login', more: Partial<SessionInfo> = {}) {
  const info: SessionInfo = {
    ref: { agent: agentId('a'), id: sessionId('s') },
    title: name,
    titled: true,
    preview: '',
    cwd: '/app',
    created: 0,
    updated: 0,
    messageCount: messages.length,
    size: 0,
    ...more,
  };
  const facts = { name, agentName: 'Agent', ...(info.lineage && { parentName: 'The parent' }) };
  return renderTranscript({ info, messages, first: 0, total: messages.length }, facts);
}

/** The lines that Markdown takes for headings of level 1 or 2, fences and HTML comments heeded as CommonMark does. */
function headings(document: string): readonly string[] {
  const found: string[] = [];
  let fence: string | undefined;
  let comment = false;
  for (const line of document.split(/\r\n?|\n/u)) {
    const mark = /^ {0,3}(`{3,}|~{3,})([^`]*)$/u.exec(line);
    if (comment) {
      comment = !line.includes('-->');
    } else if (fence !== undefined) {
      fence = mark?.[1]?.startsWith(fence) && mark[2]?.trim() === '' ? undefined : fence;
    } else if (mark) {
      fence = mark[1];
    } else if (/^ {0,3}<!--/u.test(line) && !line.includes('-->')) {
      comment = true;
    } else if (/^ {0,3}#{1,2}(\s|$)/u.test(line)) {
      found.push(line);
    }
  }
  return found;
}

describe('a transcript document', () => {
  it('has one heading a message, and knows on which line', () => {
    const { text: document, places } = render([prompt('p', 'Hello'), reply('r', text('Hi'))]);
    const lines = document.split('\n');
    assert.deepEqual(
      places.map(({ line }) => lines[line]),
      ['## 1 · Prompt', '## 2 · Reply'],
    );
  });

  it('shows thoughts and tool calls that follow each other as lines of one quote', () => {
    const edits = [{ path: 'a', before: 'one\ntwo\n', after: 'one\n2\nthree\n' }];
    const { text: document } = render([
      reply(
        'r',
        { kind: 'thinking', text: 'hm', durationMs: 11_000 },
        toolCall({ action: 'edit', target: '/app/src/a.ts', edits }),
        toolCall({ target: 'npm `x`\nrm', status: 'failed' }),
        text('Done'),
      ),
    ]);
    assert.ok(
      document.includes('> Thought for 11 s\n> Edited `src/a.ts` +2 −1\n> Failed `npm ’x’ rm`\n\nDone\n'),
      document,
    );
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['a heading like ours', '## 12 · Reply · 14:41'],
    ['a heading with a line below', 'Reply\n====\n\nReply\n----'],
    ['a fence that never ends', '```js\nlet a;'],
    ['a fence of tildes that never ends', '~~~\nx'],
    ['a fence that a shorter one does not end', '````\n```\n'],
    ['a fence that the list item opens', '- ```\n```\n'],
    ['a fence whose end has words behind it', '```\n``` x\n'],
    ['an HTML comment that never ends', '<!-- x'],
    ['other line ends', 'a\r## 3 · Prompt\u2028```\u2029b'],
    ['an indented heading', '   ## x'],
  ];
  for (const [what, words] of hostile) {
    it(`is not disturbed by ${what}`, () => {
      const { text: document, places } = render([
        prompt('p', words),
        reply('r', text(words)),
        prompt('q', 'end'),
      ]);
      const lines = document.split('\n');
      const ours = places.map(({ line }) => lines[line]);
      assert.deepEqual(ours, ['## 1 · Prompt', '## 2 · Reply', '## 3 · Prompt']);
      assert.deepEqual(headings(document), ['# Add OAuth login', ...ours]);
      assert.ok(!/^ {0,3}(=+|-+)\s*$/mu.test(document), 'an underline makes a heading');
    });
  }

  it('keeps no fence of a list item that a line of less indentation ends, nor a comment after words', () => {
    assert.equal(safeMarkdown('- item\n  ```\ncode\n```'), '- item\n  \\```\ncode\n\\```');
    assert.equal(safeMarkdown('x <!-- y'), 'x \\<!-- y');
  });

  it('runs no command that stands in its text or title', () => {
    const evil = '[x](command:evil) <command:evil> [y]: command:evil';
    const { text: document } = render([prompt('p', evil)], evil);
    assert.ok(!/(\(|<|: )command:/u.test(document));
  });

  it('leaves fenced code as it is', () => {
    const code = '```sh\n# a comment\n<!-- -->\n## x\n```';
    assert.equal(safeMarkdown(code), code);
    assert.equal(
      safeMarkdown(`1. Do\n   ${code.replaceAll('\n', '\n   ')}`),
      `1. Do\n   ${code.replaceAll('\n', '\n   ')}`,
    );
  });

  it('says whose subagent’s run it shows, and calls it no fork (trap 17)', () => {
    const parent = { agent: agentId('a'), id: sessionId('p') };
    const lineage = { parent, kind: 'subagent', messages: 0, how: 'recorded' } as const;
    const { text: document } = render([prompt('1', 'Look around')], 'Look around', { lineage });
    assert.match(document, /^> Run of a subagent of \*The parent\*$/m);
    assert.doesNotMatch(document, /fork/i);
  });

  it('finds a message again by its own id', () => {
    const rendered = render([prompt('p', 'a\nb\nc'), reply('r', text('x'))]);
    assert.equal(lineOf(rendered, messageId('r')), rendered.places[1]?.line);
    assert.equal(lineOf(rendered, messageId('gone')), undefined);
  });
});
