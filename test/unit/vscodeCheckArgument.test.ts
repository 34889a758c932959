import './vscodeStub.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

const { checkArgument } = await import('../../src/vscode/commands/checkArgument.ts');

const session = { agent: 'claude-code', id: 's1' };

describe('what a command is called with', () => {
  for (const to of ['file:///tmp/a.md', 'vscode-remote://ssh/tmp/a.json', 'file:///c%3A/a.md']) {
    it(`may be exported to ${to}`, () => {
      assert.doesNotThrow(() => checkArgument({ ...session, to }));
    });
  }

  for (const to of ['', 'notes.md', '/tmp/a.md', 7, 'x'.repeat(5000)]) {
    it(`is refused when it is to be exported to ${JSON.stringify(to).slice(0, 20)}`, () => {
      assert.throws(() => checkArgument({ ...session, to }), { code: 'bad_request', message: /bad to\b/u });
    });
  }
});
