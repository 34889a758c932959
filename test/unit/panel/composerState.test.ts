import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentId, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { buildComposer } from '../../../src/vscode/panel/composerState.ts';

const ref = { agent: agentId('fake'), id: sessionId('a') };
const info: SessionInfo = {
  ref,
  title: 'A',
  titled: true,
  preview: '',
  created: 1,
  updated: 1,
  messageCount: 2,
  size: 1,
};
const t = (text: string, ...values: (string | number)[]): string =>
  text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));

describe('the composer', () => {
  it('is open for a session that a live agent can carry on', () => {
    const composer = buildComposer({ info, agentName: 'Fake', canGoOn: true, queue: ['x'], t });
    assert.deepEqual([composer.enabled, composer.reason, composer.queue], [true, undefined, ['x']]);
  });

  it('is closed for a rewound branch, with the way out', () => {
    const lineage = { parent: ref, kind: 'rewound', messages: 1, how: 'recorded' } as const;
    const composer = buildComposer({
      info: { ...info, lineage },
      agentName: 'Fake',
      canGoOn: true,
      queue: [],
      t,
    });
    assert.equal(composer.enabled, false);
    assert.match(composer.reason ?? '', /Fork it to go on/);
  });

  it('is closed where nothing can be written, and says why (checklist 1.2, trap 17)', () => {
    const lineage = { parent: ref, kind: 'subagent', messages: 0, how: 'recorded' } as const;
    const reason = (more: Partial<SessionInfo>) =>
      buildComposer({ info: { ...info, ...more }, agentName: 'Fake', canGoOn: true, queue: [], t }).reason;
    assert.match(reason({ lineage }) ?? '', /subagent can only be read/);
    assert.match(reason({ readOnly: true }) ?? '', /^Fake writes this session by itself/);
  });

  it('is closed for an agent that nothing here can talk to', () => {
    const composer = buildComposer({ info, agentName: 'Fake', canGoOn: false, queue: [], t });
    assert.equal(composer.enabled, false);
    assert.match(composer.reason ?? '', /^Fake /);
  });
});
