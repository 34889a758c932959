import './vscodeStub.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageId, type Reply, type SessionInfo } from '../../src/core/model.ts';
import { infoOf } from './support/infos.ts';

const { cutAtWord, duration, plainMarkdown } = await import('../../src/vscode/words.ts');
const { modelName } = await import('../../src/vscode/messageWords.ts');
const { sessionName } = await import('../../src/vscode/sessionWords.ts');
const { verbOf } = await import('../../src/vscode/verbs.ts');

const second = 1000;
const hour = 3600 * second;

const forkOf = (title: string, parent: SessionInfo, preview: string): SessionInfo =>
  infoOf(title, { preview, lineage: { parent: parent.ref, kind: 'fork', messages: 2, how: 'recorded' } });

describe('words', () => {
  it('say a stretch of time in one unit', () => {
    const said = [8 * second, 59.9 * second, 12 * 60 * second, 3 * hour, 23.9 * hour, 25 * hour].map(
      duration,
    );
    assert.deepEqual(said, ['8 s', '60 s', '12 min', '3 h', '23 h', '1 d']);
  });

  it('cut a label at a word, and by letters where there is none', () => {
    assert.equal(cutAtWord('Run against a real S3 bucket in CI', 28), 'Run against a real S3…');
    assert.equal(cutAtWord('exactly twenty-eight letters', 28), 'exactly twenty-eight letters');
    assert.equal(cutAtWord('x'.repeat(40), 28), `${'x'.repeat(27)}…`);
    assert.equal([...cutAtWord('😀'.repeat(40), 28)].length, 28);
  });

  it('call a model as its makers do, and leave unknown names alone', () => {
    assert.equal(modelName('claude-sonnet-4-5-20250929'), 'Sonnet 4.5');
    assert.equal(modelName('claude-opus-4-20250514'), 'Opus 4');
    assert.equal(modelName('qwen3-coder-plus'), 'qwen3-coder-plus');
  });

  it('stand for themselves in Markdown', () => {
    assert.equal(plainMarkdown('$(x) [a](b) <i> `c`'), '\\$\\(x\\) \\[a\\]\\(b\\) \\<i\\> \\`c\\`');
  });
});

describe('a session’s name', () => {
  const parent = infoOf('Add OAuth login');

  it('is its title', () => {
    assert.equal(sessionName(parent, undefined), 'Add OAuth login');
  });

  it('is a fork’s own first prompt when its title is its parent’s with a number', () => {
    assert.equal(
      sessionName(forkOf('Add OAuth login (2)', parent, 'Rotate tokens'), parent),
      'Rotate tokens',
    );
  });

  it('is a fork’s title while it has no prompt of its own, or when somebody named it', () => {
    assert.equal(sessionName(forkOf('Add OAuth login (2)', parent, ''), parent), 'Add OAuth login (2)');
    assert.equal(sessionName(forkOf('Opaque tokens', parent, 'Try opaque ones'), parent), 'Opaque tokens');
  });
});

describe('the verb of a message', () => {
  const anywhere = { forkAt: 'reply', emptyFork: false } as const;
  const reply = (finished: boolean, endsTurn: boolean): Reply => ({
    kind: 'reply',
    id: messageId('r'),
    parts: [],
    finished,
    endsTurn,
  });
  const prompt = { kind: 'prompt', id: messageId('p'), text: '', attachments: [] } as const;

  it('keeps a reply and leaves out a prompt', () => {
    assert.deepEqual(verbOf(reply(true, false), 3, anywhere)?.point, { after: 'r' });
    assert.deepEqual(verbOf(prompt, 3, anywhere)?.point, { before: 'p' });
  });

  it('is absent where no fork can be cut', () => {
    assert.equal(verbOf(reply(false, false), 3, anywhere), undefined);
    assert.equal(verbOf(reply(true, false), 3, { ...anywhere, forkAt: 'turn' }), undefined);
    assert.equal(verbOf(prompt, 0, anywhere), undefined);
    assert.notEqual(verbOf(prompt, 0, { ...anywhere, emptyFork: true }), undefined);
    assert.equal(verbOf(prompt, 3, { ...anywhere, forkAt: 'none' }), undefined);
  });
});
