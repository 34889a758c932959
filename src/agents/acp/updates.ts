import type { LiveUpdate, PlanEntry, SlashCommand, TurnEnd } from '../../core/liveAgent.ts';
import type { TokenUsage } from '../../core/model.ts';
import { type AcpUpdate, type PromptReply, updateSchema } from './schema.ts';
import { toLiveToolCall } from './tools.ts';

type UpdateOf<Kind extends AcpUpdate['sessionUpdate']> = Extract<AcpUpdate, { sessionUpdate: Kind }>;

/** Updates that change what the person may choose from; they hold while no turn runs as well. */
export type OptionsChange =
  | UpdateOf<'available_commands_update'>
  | UpdateOf<'current_mode_update'>
  | UpdateOf<'config_option_update'>;

/** The update if its kind is known; agents' own kinds, and content that is not text, are passed over. */
export function parseUpdate(update: unknown): AcpUpdate | undefined {
  return updateSchema.safeParse(update).data;
}

export function isOptionsChange(update: AcpUpdate): update is OptionsChange {
  return (
    update.sessionUpdate === 'available_commands_update' ||
    update.sessionUpdate === 'current_mode_update' ||
    update.sessionUpdate === 'config_option_update'
  );
}

/** Qwen Code 0.24.4 ends each answer with an empty chunk that bears its metadata. */
export const isEmptyText = (update: AcpUpdate): boolean =>
  update.sessionUpdate === 'agent_message_chunk' && update.content.text === '';

/** What ACP tells of a running turn, in the words of Session Forks. */
export function toLiveUpdate(update: Exclude<AcpUpdate, OptionsChange>): LiveUpdate {
  switch (update.sessionUpdate) {
    case 'agent_message_chunk':
      return { kind: 'text', text: update.content.text };
    case 'agent_thought_chunk':
      return { kind: 'thinking', text: update.content.text };
    case 'tool_call':
    case 'tool_call_update':
      return { kind: 'tool', call: toLiveToolCall(update) };
    case 'plan':
      return { kind: 'plan', entries: update.entries.map(toPlanEntry) };
    case 'usage_update':
      return { kind: 'usage', used: update.used, size: update.size };
  }
}

const planStatus = { pending: 'pending', in_progress: 'running', completed: 'done' } as const;

function toPlanEntry(entry: UpdateOf<'plan'>['entries'][number]): PlanEntry {
  return { text: entry.content, status: planStatus[entry.status] };
}

export function toCommands(update: UpdateOf<'available_commands_update'>): readonly SlashCommand[] {
  return update.availableCommands.map(({ name, description, input }) => ({
    name,
    description,
    ...(input ? { hint: input.hint } : {}),
  }));
}

const turnEnds: Readonly<Record<string, TurnEnd>> = {
  cancelled: 'stopped',
  refusal: 'refused',
  max_tokens: 'limit',
  max_turn_requests: 'limit',
};

/** How the turn ended; a reason that ACP does not know counts as done. */
export const toTurnEnd = (reply: PromptReply): TurnEnd => turnEnds[reply.stopReason] ?? 'done';

/** The turn's tokens, if the agent counted them. */
export function toTokens(reply: PromptReply): TokenUsage | undefined {
  if (!reply.usage) {
    return undefined;
  }
  const { inputTokens, outputTokens, cachedReadTokens } = reply.usage;
  return {
    input: inputTokens,
    output: outputTokens,
    ...(typeof cachedReadTokens === 'number' ? { cacheRead: cachedReadTokens } : {}),
  };
}
