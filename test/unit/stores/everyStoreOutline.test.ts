import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { agents, Machine } from './everyStoreMachine.ts';
import { compareOutlines } from './outlines.ts';

/** The same with each text that is no id grown long: a copy of it at the end, what a list shows at the start. */
function grown(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.includes(' ') ? `${value}${' more'.repeat(700)} ${value}` : value;
  }
  if (Array.isArray(value)) {
    return value.map(grown);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, grown(member)]))
    : value;
}

function growTexts(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
  for (const path of files) {
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, lines.map(grownLine).join('\n'));
  }
  return files.length;
}

function grownLine(line: string): string {
  try {
    return JSON.stringify(grown(JSON.parse(line)));
  } catch {
    return line;
  }
}

describe('what is told without reading all that messages say', { timeout: 300_000 }, () => {
  for (const agent of agents) {
    it(`is what a read of everything tells: ${agent}`, async () => {
      using machine = new Machine();
      assert.ok((await compareOutlines(machine.store(agent))) > 0);
    });
  }

  for (const agent of ['claude-code', 'qwen-code', 'codex', 'gemini-cli', 'pi']) {
    it(`is so, too, where all texts are long: ${agent}`, async () => {
      using machine = new Machine();
      assert.ok(growTexts(machine.root(agent)) > 0);
      assert.ok((await compareOutlines(machine.store(agent))) > 0);
    });
  }
});
