import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import { findAgentProgram, startRules } from '../../../src/stores/common/agentProgram.ts';

const search = {
  name: 'Toy',
  install: 'npm install -g toy',
  file: 'no-such-toy',
  variable: 'TOY',
  folders: [],
};
const environment = { home: '/', variables: {}, folders: {} };

describe('an agent’s own program, for a store', () => {
  it('is the one that the person set, before the variable', async () => {
    const rules = startRules({ ...environment, commands: { toy: '/set/toy' } }, 'toy');
    assert.equal((await findAgentProgram(search, { TOY: '/variable/toy' }, rules)).command, '/set/toy');
  });

  it('is the one that its variable names, where none is set', async () => {
    const rules = startRules(environment, 'toy');
    assert.equal((await findAgentProgram(search, { TOY: '/variable/toy' }, rules)).command, '/variable/toy');
  });

  it('says how to install it when there is none', async () => {
    await assert.rejects(findAgentProgram(search, {}, startRules(environment, 'toy')), {
      code: 'agent_missing',
      message: /npm install -g toy/,
    });
  });

  it('is never started in an untrusted workspace (invariant 8)', async () => {
    const allowStart = (): never => {
      throw new SessionForksError('not_supported', 'Trust this folder first.');
    };
    const rules = startRules({ ...environment, commands: { toy: '/set/toy' }, allowStart }, 'toy');
    await assert.rejects(findAgentProgram(search, {}, rules), { code: 'not_supported' });
  });
});
