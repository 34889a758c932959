import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSafeHref, toBlocks } from '../../../src/webview/markdown.ts';

const html = (markdown: string): string =>
  toBlocks(markdown)
    .map((block) => (block.kind === 'html' ? block.html : block.text))
    .join('');

describe('markdown of a transcript', () => {
  it('is split into blocks, code with its language', () => {
    assert.deepEqual(toBlocks('# A\n\ntext\n\n```ts title\nconst a = 1;\n```\n'), [
      { kind: 'html', html: '<h1>A</h1>\n' },
      { kind: 'html', html: '<p>text</p>\n' },
      { kind: 'code', language: 'ts', text: 'const a = 1;' },
    ]);
  });

  it('gives unchanged blocks the same HTML while text is added', () => {
    const before = toBlocks('one\n\ntwo');
    const after = toBlocks('one\n\ntwo and more');
    assert.deepEqual(after[0], before[0]);
  });

  it('shows raw HTML as the text it is (trap: hostile transcripts)', () => {
    const hostile = [
      '<script>alert(1)</script>',
      'a <img src=x onerror=alert(1)> b',
      '<div style="position:fixed">x</div>',
      '<svg/onload=alert(1)>',
      '<iframe srcdoc="<script>1</script>"></iframe>',
    ];
    for (const text of hostile) {
      assert.doesNotMatch(html(text), /<(?:script|img|div|svg|iframe)/i, text);
    }
  });

  it('makes a link of a path in code, and of nothing else', () => {
    for (const path of ['src/a.ts', 'a.ts:88', './b/c.test.ts:8:5', 'C\\d\\e.cs', '/abs/x.py']) {
      assert.match(html(`\`${path}\``), /<a href="[^"]+"><code>/, path);
    }
    for (const code of [
      'npm test',
      'a.b',
      'sessions.refresh_token',
      'node:sqlite',
      'a/b',
      '//evil.test/x.ts',
      'x()',
    ]) {
      assert.doesNotMatch(html(`\`${code}\``), /<a /, code);
    }
  });

  it('loads no picture', () => {
    const text = html('![chart](https://example.test/x.png)');
    assert.doesNotMatch(text, /<img/);
    assert.match(text, /<a href="https:\/\/example\.test\/x\.png">chart<\/a>/);
  });

  it('makes no link of an address that could act', () => {
    for (const address of ['javascript:alert(1)', 'command:workbench.action.quit', 'data:text/html,x']) {
      assert.equal(html(`[x](${address})`), '<p>x</p>\n');
    }
  });

  it('cannot be broken out of by an address or a title', () => {
    assert.doesNotMatch(html('[x](a"onclick=alert(1) "title")'), /"onclick|" onclick/);
  });
});

describe('addresses', () => {
  const safe = [
    'https://a.test',
    'mailto:a@b.test',
    'src/a.ts',
    'a.ts:88',
    'a.ts:88:5',
    '/abs/path.ts',
    'C:\\a\\b.ts:88',
    '#top',
  ];
  const unsafe = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'javascript:1;alert(1)',
    'java&#115;cript:alert(1)',
    'vbscript:x',
    'C:x',
    'command:x',
    'vscode://x',
    'file:///etc/passwd',
    'data:text/html;base64,AA',
    '//evil.test/x',
    '\\\\evil.test\\x',
  ];
  for (const href of safe) {
    it(`lead somewhere: ${href}`, () => assert.equal(isSafeHref(href), true));
  }
  for (const href of unsafe) {
    it(`are no links: ${JSON.stringify(href)}`, () => assert.equal(isSafeHref(href), false));
  }
});
