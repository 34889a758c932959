import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as vscode from 'vscode';
import { eventually, findSample, installHomeSamples } from './sampleHome.ts';

const transcriptOf = async (title: string, message?: number): Promise<vscode.TextDocument> => {
  const { info, transcript } = await findSample(title);
  const id = message === undefined ? undefined : transcript.messages[message - 1]?.id;
  await vscode.commands.executeCommand('sessionForks.openTranscript', { ...info.ref, message: id });
  const editor = vscode.window.activeTextEditor ?? assert.fail('no editor');
  return editor.document;
};

const lensesOf = async (uri: vscode.Uri): Promise<string[]> => {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    uri,
  );
  return lenses.map(
    ({ range, command }) => `${range.start.line} ${command?.title.replace(/\$\([a-z-]+\)\s/u, '')}`,
  );
};

const hoverAt = async (uri: vscode.Uri, line: number): Promise<vscode.MarkdownString[]> => {
  const at = new vscode.Position(line, 3);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, at);
  return hovers.flatMap(({ contents }) => contents.filter((text) => text instanceof vscode.MarkdownString));
};

describe('a transcript', () => {
  before(installHomeSamples);
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('is a read-only Markdown document with one numbered heading a message', async () => {
    const document = await transcriptOf('Add OAuth login');
    assert.equal(document.uri.scheme, 'agent-session');
    assert.equal(document.languageId, 'markdown');
    const headings = document
      .getText()
      .split('\n')
      .filter((line) => line.startsWith('## '));
    assert.equal(headings.length, 24);
    assert.match(headings[11] ?? '', /^## 12 · Reply · \d\d:\d\d · Sonnet 4\.5$/u);
  });

  it('opens at the message that was asked for', async () => {
    await transcriptOf('Add OAuth login', 12);
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    assert.match(editor.document.lineAt(editor.selection.active.line).text, /^## 12 /u);
  });

  it('has the session on line 1, a verb on every message and the forks that start there', async () => {
    const document = await transcriptOf('Add OAuth login');
    const lenses = await lensesOf(document.uri);
    assert.deepEqual(lenses.slice(0, 3), ['0 Fork', '0 Open in chat panel', '0 Show in tree']);
    const line = (number: number): number =>
      document
        .getText()
        .split('\n')
        .findIndex((text) => text.startsWith(`## ${number} `));
    assert.ok(lenses.includes(`${line(12)} Fork after this reply`));
    assert.ok(lenses.includes(`${line(12)} 3 forks start here`));
    assert.ok(lenses.includes(`${line(13)} Edit & fork from here`));
  });

  it('answers on hover with number, tokens, forks and the verb, as links to our commands only', async () => {
    const document = await transcriptOf('Add OAuth login');
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.startsWith('## 12 '));
    const [hover] = await hoverAt(document.uri, line);
    assert.ok(hover);
    assert.match(hover.value, /\*\*Message 12 of 24\*\* · reply · /u);
    assert.match(hover.value, /Forks from here: \[/u);
    assert.match(hover.value, /\[Fork after this reply\]\(command:sessionForks\.fork\?/u);
    assert.ok(typeof hover.isTrusted === 'object');
    assert.ok(hover.isTrusted.enabledCommands.every((command) => command.startsWith('sessionForks.')));
  });

  it('has one symbol a message below that of the session, for the breadcrumb', async () => {
    const { uri } = await transcriptOf('Add OAuth login');
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      uri,
    );
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['Add OAuth login'],
    );
    assert.equal(symbols[0]?.children[11]?.name, '12 · Reply');
  });

  it('shows the same lenses and hover in the raw file', async () => {
    const { info, transcript } = await findSample('Add OAuth login');
    const uri = vscode.Uri.file(info.file?.path ?? assert.fail());
    await vscode.window.showTextDocument(uri);
    const line = (transcript.messages[11]?.lines?.first ?? assert.fail()) - 1;
    const lenses = await eventually(async () => {
      const found = await lensesOf(uri);
      return found.length > 3 ? found : undefined;
    });
    assert.ok(lenses.includes(`${line} Fork after this reply`), lenses.join('\n'));
    assert.ok(lenses.includes(`${line} 3 forks start here`));
    const [hover] = await hoverAt(uri, line);
    assert.match(hover?.value ?? '', /Message 12 of 24/u);
  });

  it('follows what becomes of its session', async () => {
    const { store, info } = await findSample('Use node:sqlite');
    const document = await transcriptOf('Use node:sqlite');
    await store.rename?.(info.ref.id, 'Use the built-in SQLite');
    await vscode.commands.executeCommand('sessionForks.refresh');
    await eventually(() => document.getText().startsWith('# Use the built-in SQLite'));
    await store.rename?.(info.ref.id, 'Use node:sqlite');
  });

  it('has neither lenses nor hovers when the settings say so', async () => {
    const { uri } = await transcriptOf('Add OAuth login');
    const settings = vscode.workspace.getConfiguration('sessionForks');
    await settings.update('codeLens', false, vscode.ConfigurationTarget.Global);
    await settings.update('hover', false, vscode.ConfigurationTarget.Global);
    const found = { lenses: await lensesOf(uri), hovers: await hoverAt(uri, 4) };
    await settings.update('codeLens', undefined, vscode.ConfigurationTarget.Global);
    await settings.update('hover', undefined, vscode.ConfigurationTarget.Global);
    assert.deepEqual(found, { lenses: [], hovers: [] });
  });
});
