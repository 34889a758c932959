import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { panelViewType } from '../../src/vscode/services.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const commandTypes = read('src/vscode/commands/commandTypes.ts');

const typed = [...commandTypes.matchAll(/readonly '(sessionForks\.\w+)':/gu)].map((match) => match[1]);
const contributed: readonly string[] = manifest.contributes.commands.map(
  ({ command }: { readonly command: string }) => command,
);

describe('package.json', () => {
  it('contributes exactly the commands that exist', () => {
    assert.deepEqual(contributed.toSorted(), typed.toSorted());
  });

  it('is woken by a chat panel that VS Code restores, also in a window that shows nothing else of it', () => {
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${panelViewType}`));
  });

  it('names in its menus and keys only commands that exist', () => {
    const { menus, keybindings } = manifest.contributes;
    const used = [...Object.values<readonly { command: string }[]>(menus).flat(), ...keybindings];
    assert.deepEqual(
      used.map(({ command }) => command).filter((command) => !contributed.includes(command)),
      [],
    );
  });

  it('has a text for every key, and no text without a use', () => {
    const texts = Object.keys(JSON.parse(read('package.nls.json')));
    const keys = [...read('package.json').matchAll(/"%([\w.-]+)%"/gu)].map((match) => match[1]);
    assert.deepEqual([...new Set(keys)].toSorted(), texts.toSorted());
  });

  it('lets an untrusted folder set neither programs nor folders', () => {
    const settings = Object.keys(manifest.contributes.configuration.properties);
    const dangerous = settings.filter((name) => /\.(commands|folders|servers)$/u.test(name));
    assert.deepEqual(dangerous, ['sessionForks.folders', 'sessionForks.commands', 'sessionForks.servers']);
    assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, dangerous);
  });
});

/** All texts that `t('…')` or `l10n.t('…')` translate, on both sides of the panel. */
function translatedTexts(): readonly string[] {
  const sources = globSync(['src/vscode/**/*.ts', 'src/webview/**/*.ts'], { cwd: root }).map(read);
  const texts = sources.flatMap((source) =>
    [...source.matchAll(/\b(?:l10n\.)?t\(\s*'((?:[^'\\]|\\.)*)'/gu)].map((match) => match[1] ?? ''),
  );
  return [...new Set(texts)].toSorted();
}

describe('l10n/bundle.l10n.json', () => {
  // SESSION_FORKS_UPDATE=1 writes it anew.
  it('has every text that is translated, and no other', () => {
    const bundle = Object.fromEntries(translatedTexts().map((text) => [text, text]));
    const path = 'l10n/bundle.l10n.json';
    if (process.env.SESSION_FORKS_UPDATE) {
      writeFileSync(join(root, path), `${JSON.stringify(bundle, null, 2)}\n`);
    }
    assert.ok(Object.keys(bundle).length > 100);
    assert.deepEqual(JSON.parse(read(path)), bundle);
  });
});
