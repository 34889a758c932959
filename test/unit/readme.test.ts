import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const results = readFileSync(join(root, 'test/bench/results.md'), 'utf8');
const [, section = ''] = /^## Speed\n([\s\S]*?)^## /m.exec(readme) ?? [];

describe('What README says of speed', () => {
  it('is what the benchmark wrote, figure by figure', () => {
    const figures = section.match(/\d[\d.]* (?=ms|MB of)/g) ?? [];
    assert.ok(figures.length >= 10, section);
    for (const figure of figures) {
      assert.ok(results.includes(`| ${figure}|`), `${figure}stands in no row of the results`);
    }
  });

  it('names the day and the machine of that run', () => {
    const [, day, machine] = /^(\d{4}-\d\d-\d\d), (.*), \w+, load/m.exec(results) ?? [];
    assert.ok(day && machine);
    assert.ok(section.includes(day) && section.includes(machine), `${day}, ${machine}`);
  });
});
