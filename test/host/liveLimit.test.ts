import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import * as vscode from 'vscode';
import { LiveLimit } from '../../src/core/liveLimit.ts';
import { settings } from '../../src/vscode/settings.ts';

const configuration = () => vscode.workspace.getConfiguration('sessionForks');
const set = async (most: unknown): Promise<void> =>
  configuration().update('maxLiveAgents', most, vscode.ConfigurationTarget.Global);

describe('how many agents may run at once', () => {
  afterEach(() => set(undefined));

  it('is ten where the person says nothing, and never none', async () => {
    assert.equal(settings.maxLiveAgents(), 10);
    await set(0);
    assert.equal(settings.maxLiveAgents(), 1);
  });

  it('holds for the next start as soon as it is changed', async () => {
    const limit = new LiveLimit(settings.maxLiveAgents);
    await set(1);
    limit.take();
    assert.throws(() => limit.take(), { code: 'too_many_agents' });
    await set(2);
    limit.take();
  });
});
