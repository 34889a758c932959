import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageHtml } from '../../../src/vscode/panel/html.ts';

const parts = {
  cspSource: 'https://csp.test',
  script: 'https://csp.test/main.js',
  styles: ['https://csp.test/panel.css'],
  title: '</title><script>alert(1)</script>',
  language: 'en',
};

describe("the page's document", () => {
  it('forbids everything but its own nonced scripts and styles, and demands Trusted Types', () => {
    const html = pageHtml(parts, 'NONCE');
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'nonce-NONCE';/);
    assert.match(policy, /style-src https:\/\/csp\.test;/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  it('has one script, whatever the title', () => {
    assert.equal(pageHtml(parts).match(/<script/g)?.length, 1);
  });

  it('runs from the right in languages that are written so, and from the left in all others', () => {
    const directions = ['ar', 'he', 'fa-IR', 'en', 'de', 'az', 'pt-br'].map(
      (language) => /<html lang="[^"]+" dir="(\w+)">/.exec(pageHtml({ ...parts, language }))?.[1],
    );
    assert.deepEqual(directions, ['rtl', 'rtl', 'rtl', 'ltr', 'ltr', 'ltr', 'ltr']);
  });

  it('has a new nonce each time', () => {
    const nonce = (html: string): string | undefined => /nonce="([^"]+)"/.exec(html)?.[1];
    assert.notEqual(nonce(pageHtml(parts)), nonce(pageHtml(parts)));
  });
});
