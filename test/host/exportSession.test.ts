import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as vscode from 'vscode';
import { findSample, installHomeSamples } from './sampleHome.ts';

describe('an exported session (checklist 0.14)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  before(installHomeSamples);
  after(() => rmSync(folder, { recursive: true }));

  async function exported(title: string, name: string): Promise<string> {
    const { info } = await findSample(title);
    const path = join(folder, name);
    const to = vscode.Uri.file(path).toString();
    await vscode.commands.executeCommand('sessionForks.exportSession', { ...info.ref, to });
    return readFile(path, 'utf8');
  }

  it('is as Markdown what its transcript shows', async () => {
    const text = await exported('Rotate tokens', 'session.md');
    assert.match(text, /^# Rotate tokens\n/u);
    assert.match(text, /> Forked from \*?Add OAuth login\*? at message 12/u);
    assert.match(text, /^## 21 · /mu);
  });

  it('is as JSON whole, with its lineage', async () => {
    const { info, transcript } = await findSample('Rotate tokens');
    const parent = await findSample('Add OAuth login');
    const value = JSON.parse(await exported('Rotate tokens', 'session.json'));
    assert.equal(value.version, 1);
    assert.equal(value.session, info.ref.id);
    assert.deepEqual(value.lineage, {
      parent: parent.info.ref,
      kind: 'fork',
      messages: 12,
      how: 'recorded',
    });
    assert.deepEqual(value.messages, JSON.parse(JSON.stringify(transcript.messages)));
  });
});
