import {
  type ConversationMessage,
  conversationOf,
  defaultReply,
  type ModelRequest,
  type StubReply,
  toolNamesOf,
} from './stubModel.ts';

/**
 * A model that, when it is given the order, has the agent fork its own session by our tool: it looks the tool up where
 * the agent offers tools by search only, calls it, and then talks on. An agent starts its MCP servers beside the talk,
 * so the model looks again, as patient models do, while the agent says that it does not know the tool.
 */
export const branchingModel =
  (order: string, label: string) =>
  (request: ModelRequest): StubReply => {
    const conversation = conversationOf(request);
    const at = conversation.findLastIndex(({ role, text }) => role === 'user' && text.includes(order));
    const said = conversation.slice(at + 1);
    const next = at === -1 ? undefined : nextCall(request, said, label);
    return next ? { toolCalls: [next], delayMs: said.length * 250 } : defaultReply(request);
  };

const branchTool = 'mcp__session-forks__branch_session';
const mostCalls = 20;

function nextCall(request: ModelRequest, said: readonly ConversationMessage[], label: string) {
  const offered = toolNamesOf(request);
  const name = offered.find((tool) => tool.endsWith('branch_session')) ?? branchTool;
  const search = offered.find((tool) => tool === 'ToolSearch' || tool === 'tool_search');
  const calls = said.flatMap(({ toolCalls }) => toolCalls);
  const last = calls.at(-1);
  const unknown = last !== undefined && isUnknownTool(said, last.id);
  const called = last !== undefined && last.name !== search && !unknown;
  if (called || calls.length > mostCalls) {
    return undefined;
  }
  if (search && !offered.includes(name) && last?.name !== search) {
    return { name: search, input: { query: `select:${name}`, max_results: 5 } };
  }
  const input = { label };
  const bridged = offered.includes('tool_call') && !offered.includes(name);
  return bridged ? { name: 'tool_call', input: { name, arguments: input } } : { name, input };
}

const isUnknownTool = (said: readonly ConversationMessage[], call: string): boolean =>
  said.some(({ toolResults }) =>
    toolResults.some(({ id, text }) => id === call && /not registered|No such tool|not found/i.test(text)),
  );
