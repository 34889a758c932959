import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { removeSettledNotes, withNote } from '../../../src/stores/common/forkNotes.ts';
import { goose } from '../../../src/stores/goose/index.ts';

const database = join(import.meta.dirname, '../../fixtures/goose/sessions.db');
/** So long that writing it takes a while. */
const note = { source: 's', names: ['n'.repeat(1 << 24)], after: 0, until: 0, keep: 1 };
const forks = 5;

describe('the note of a fork that failed', () => {
  it('stays as long as it hides something, however often lists look at it while it is written', async () => {
    const home = mkdtempSync(join(tmpdir(), 'session-forks-notes-'));
    const folder = join(home, '.local/share/goose/sessions');
    const path = join(folder, 'sessions.db');
    mkdirSync(folder, { recursive: true });
    copyFileSync(database, path);
    const listing = await goose({ home, variables: {}, folders: {} }).list();
    assert.ok(listing.sessions.length > 0);
    let isDone = false;
    const look = async (): Promise<void> => {
      while (!isDone) {
        await setImmediate();
        await removeSettledNotes({ place: { folder }, path }, listing, (_, notes) => {
          return new Set(notes.map(({ source }) => source));
        });
      }
    };
    const looking = look();
    let left = 0;
    for (let fork = 0; fork < forks; fork++) {
      const failed = withNote(folder, note, () => Promise.reject(new Error('no')));
      await assert.rejects(failed, /no/);
      for (const name of readdirSync(folder).filter((found) => found.endsWith('.tmp'))) {
        rmSync(join(folder, name));
        left++;
      }
    }
    isDone = true;
    await looking;
    assert.equal(left, forks);
    rmSync(home, { recursive: true });
  });
});
