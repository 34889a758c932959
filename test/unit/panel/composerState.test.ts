import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentId, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { buildComposer } from '../../../src/vscode/panel/composerState.ts';
import { infoOf } from '../support/infos.ts';

const ref = { agent: agentId('fake'), id: sessionId('a') };
const info = infoOf('a', { ref });
const capabilities = { forkAt: 'reply', remove: true } as const;
const waiting = { number: 1, text: 'x', attachments: 0, checkpoint: false, waits: false };
const t = (text: string, ...values: (string | number)[]): string =>
  text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));

describe('the composer', () => {
  it('is open for a session that a live agent can carry on', () => {
    const composer = buildComposer({
      info,
      agentName: 'Fake',
      canGoOn: true,
      capabilities,
      queue: [waiting],
      t,
    });
    assert.deepEqual([composer.enabled, composer.reason, composer.queue], [true, undefined, [waiting]]);
  });

  it('is closed for a rewound branch, with the way out', () => {
    const lineage = { parent: ref, kind: 'rewound', messages: 1, how: 'recorded' } as const;
    const composer = buildComposer({
      info: { ...info, lineage },
      agentName: 'Fake',
      canGoOn: true,
      capabilities,
      queue: [],
      t,
    });
    assert.equal(composer.enabled, false);
    assert.match(composer.reason ?? '', /Fork it to go on/);
  });

  it('is closed where nothing can be written, and says why (checklist 1.2, trap 17)', () => {
    const lineage = { parent: ref, kind: 'subagent', messages: 0, how: 'recorded' } as const;
    const reason = (more: Partial<SessionInfo>) =>
      buildComposer({
        info: { ...info, ...more },
        agentName: 'Fake',
        canGoOn: true,
        capabilities,
        queue: [],
        t,
      }).reason;
    assert.match(reason({ lineage }) ?? '', /subagent can only be read/);
    assert.match(reason({ readOnly: true }) ?? '', /^Fake writes this session by itself/);
  });

  it('is closed for an agent that nothing here can talk to', () => {
    const composer = buildComposer({ info, agentName: 'Fake', canGoOn: false, capabilities, queue: [], t });
    assert.equal(composer.enabled, false);
    assert.match(composer.reason ?? '', /^Fake /);
  });

  it('offers a question on the side only where the fork can be deleted again', () => {
    const facts = { info, agentName: 'Fake', canGoOn: true, queue: [], t };
    const side = (more: { readonly forkAt?: 'none'; readonly remove?: false }): boolean | undefined =>
      buildComposer({ ...facts, capabilities: { ...capabilities, ...more } }).side;
    assert.deepEqual([side({}), side({ remove: false }), side({ forkAt: 'none' })], [true, false, false]);
    assert.equal(buildComposer({ ...facts, canGoOn: false, capabilities }).side, false);
  });

  it('says whether the agent takes images once it is known', () => {
    const facts = { info, agentName: 'Fake', canGoOn: true, capabilities, queue: [], t };
    assert.equal('images' in buildComposer(facts), false);
    const options = { modes: [], models: [], commands: [], images: false };
    assert.equal(buildComposer({ ...facts, options }).images, false);
  });
});
