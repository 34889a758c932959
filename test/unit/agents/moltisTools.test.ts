import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chatEventSchema } from '../../../src/agents/moltis/schema.ts';

it('a tool call of Moltis without arguments, or one that failed without a result, is told all the same', () => {
  const call = { runId: 'r', sessionKey: 's', toolCallId: 't', toolName: 'exec' };
  for (const event of [
    { ...call, state: 'tool_call_start' },
    { ...call, state: 'tool_call_end', success: false, error: { message: 'It failed.' } },
  ]) {
    assert.deepEqual(chatEventSchema.parse(event), event);
  }
});
