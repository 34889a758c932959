import type { ToolCall } from '../../../src/core/model.ts';

/** A call that is over and says nothing, with what the test wants of it. */
export const toolCall = (more: Partial<ToolCall>): ToolCall => ({
  kind: 'tool',
  id: 't',
  name: 'Tool',
  action: 'run',
  target: '',
  input: '',
  output: '',
  status: 'done',
  ...more,
});
