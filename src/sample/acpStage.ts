import { join } from 'node:path';
import type * as Acp from '@agentclientprotocol/sdk/unstable';
import type { SampleTool } from './notation.ts';
import type { Stage } from './turn.ts';

/** Where a turn is played: one ACP session of one client. */
export interface Place {
  readonly client: Acp.AgentContext;
  readonly session: string;
  readonly cwd: string;
  readonly mode: string;
  readonly images: number;
  readonly signal: AbortSignal;
  /** Makes ids of tool calls unique among turns. */
  readonly turn: number;
}

const permissionOptions: Acp.PermissionOption[] = [
  { optionId: 'allow_once', name: 'Allow', kind: 'allow_once' },
  { optionId: 'allow_always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'reject_once', name: 'Reject', kind: 'reject_once' },
];

const statuses = { running: 'in_progress', done: 'completed', failed: 'failed' } as const;

/** Plays a turn over ACP. */
export function acpStage(place: Place): Stage {
  const update = (fields: Acp.SessionUpdate): Promise<void> =>
    place.client.notify('session/update', { sessionId: place.session, update: fields });
  const call = (tool: SampleTool, id: string): Acp.ToolCall =>
    toolCall(tool, `${id}-${place.turn}`, place.cwd);
  return {
    mode: place.mode,
    images: place.images,
    signal: place.signal,
    think: (text) => update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text } }),
    text: (text) => update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }),
    tool: (tool, id, status) =>
      status === 'running'
        ? update({ sessionUpdate: 'tool_call', ...call(tool, id), status: 'in_progress' })
        : update({
            sessionUpdate: 'tool_call_update',
            toolCallId: `${id}-${place.turn}`,
            status: statuses[status],
            ...(tool.kind === 'run' ? { content: outputContent(tool.output) } : {}),
          }),
    permission: (tool, id) => permission(place, call(tool, id)),
    plan: (steps) =>
      update({
        sessionUpdate: 'plan',
        entries: steps.map((content) => ({ content, priority: 'medium', status: 'pending' })),
      }),
  };
}

async function permission(place: Place, toolCall: Acp.ToolCall): Promise<string | undefined> {
  const { outcome } = await place.client.request('session/request_permission', {
    sessionId: place.session,
    toolCall,
    options: permissionOptions,
  });
  return outcome.outcome === 'selected' ? outcome.optionId : undefined;
}

function toolCall(tool: SampleTool, toolCallId: string, cwd: string): Acp.ToolCall {
  switch (tool.kind) {
    case 'run':
      return { toolCallId, title: tool.command, kind: 'execute', rawInput: { command: tool.command } };
    case 'edit': {
      const path = join(cwd, tool.path);
      return {
        toolCallId,
        title: `Edit ${tool.path}`,
        kind: 'edit',
        rawInput: { file_path: path },
        locations: [{ path }],
        content: [{ type: 'diff', path, oldText: tool.before, newText: tool.after }],
      };
    }
    case 'write':
      return { toolCallId, title: `Write ${tool.path}`, kind: 'edit' };
    case 'read':
      return { toolCallId, title: `Read ${tool.path}`, kind: 'read' };
    case 'search':
      return { toolCallId, title: `Search ${tool.query}`, kind: 'search' };
  }
}

const outputContent = (text: string): Acp.ToolCallContent[] => [
  { type: 'content', content: { type: 'text', text } },
];
