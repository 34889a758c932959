import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Gather } from '../../../src/vscode/panel/gather.ts';

let told: string[][];
let gather: Gather<string>;

afterEach(() => mock.timers.reset());

describe('what changed for the page', () => {
  beforeEach(() => {
    told = [];
    gather = new Gather((changed) => told.push([...changed].sort()));
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  // All files run in one process: a clock that stands still would stop the others.
  afterEach(() => mock.timers.reset());

  it('is told at once for all changes of a moment', () => {
    gather.open();
    gather.mark('live');
    gather.mark('state');
    gather.mark('live');
    mock.timers.tick(100);
    assert.deepEqual(told, [['live', 'state']]);
  });

  it('waits for the page, and for the next page once this one is gone', () => {
    gather.mark('state');
    mock.timers.tick(100);
    assert.deepEqual(told, []);
    gather.open();
    gather.mark('live');
    gather.pause();
    mock.timers.tick(100);
    assert.deepEqual(told, []);
    gather.open();
    gather.mark('state');
    mock.timers.tick(100);
    assert.deepEqual(told, [['live', 'state']]);
  });

  it('is told to nobody after the end', () => {
    gather.open();
    gather.mark('state');
    gather.close();
    gather.open();
    gather.mark('state');
    mock.timers.tick(100);
    assert.deepEqual(told, []);
  });
});
