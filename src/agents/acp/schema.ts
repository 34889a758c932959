import { z } from 'zod';

/**
 * What is read of ACP v1 messages, told apart from what the SDK knows: agents send kinds and fields of their own,
 * and an unknown one must never end a conversation. Written against @agentclientprotocol/sdk 2.4.0.
 */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);
const listOf = <T extends z.ZodType>(schema: T) =>
  z.array(z.unknown()).transform((items) => items.flatMap((item) => schema.safeParse(item).data ?? []));

const textBlock = z.object({ type: z.literal('text'), text: z.string() });

const toolContent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('content'), content: z.union([textBlock, z.object({ type: z.string() })]) }),
  z.object({
    type: z.literal('diff'),
    path: z.string(),
    oldText: optional(z.string()),
    newText: z.string(),
  }),
]);

export const toolCallSchema = z.object({
  toolCallId: z.string(),
  title: optional(z.string()),
  name: optional(z.string()),
  kind: optional(z.string()),
  status: optional(z.enum(['pending', 'in_progress', 'completed', 'failed'])),
  content: optional(listOf(toolContent)),
  locations: optional(listOf(z.object({ path: z.string() }))),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  _meta: optional(z.record(z.string(), z.unknown())),
});
export type AcpToolCall = z.infer<typeof toolCallSchema>;
export type AcpToolContent = z.infer<typeof toolContent>;

const chunk = z.object({ content: textBlock });

const choice = z.object({ name: z.string(), description: optional(z.string()) });

const modesSchema = z.object({
  currentModeId: z.string(),
  availableModes: listOf(choice.extend({ id: z.string() })),
});

/** Models as agents offered them before ACP had config options. */
const modelsSchema = z.object({
  currentModelId: z.string(),
  availableModels: listOf(choice.extend({ modelId: z.string() })),
});

const configValue = choice.extend({ value: z.string() });
const configGroup = z.object({ options: listOf(configValue) }).transform((group) => group.options);

const configOption = z.object({
  id: z.string(),
  type: z.literal('select'),
  category: optional(z.string()),
  currentValue: z.string(),
  options: listOf(z.union([configValue.transform((value) => [value]), configGroup])).transform((groups) =>
    groups.flat(),
  ),
});
export const configOptionsSchema = listOf(configOption);
export type AcpConfigOption = z.infer<typeof configOption>;

/** The part of a `session/new`, `load` or `resume` reply that says what the person may choose from. */
export const sessionReplySchema = z
  .object({
    modes: optional(modesSchema),
    models: optional(modelsSchema),
    configOptions: optional(configOptionsSchema),
  })
  .catch({});
export type SessionReply = z.infer<typeof sessionReplySchema>;

const command = z.object({
  name: z.string(),
  description: z.string().catch(''),
  input: optional(z.object({ hint: z.string() })),
});

const planEntry = z.object({
  content: z.string(),
  status: z.enum(['pending', 'in_progress', 'completed']).catch('pending'),
});

export const updateSchema = z.discriminatedUnion('sessionUpdate', [
  chunk.extend({ sessionUpdate: z.literal('agent_message_chunk') }),
  chunk.extend({ sessionUpdate: z.literal('agent_thought_chunk') }),
  toolCallSchema.extend({ sessionUpdate: z.literal('tool_call') }),
  toolCallSchema.extend({ sessionUpdate: z.literal('tool_call_update') }),
  z.object({ sessionUpdate: z.literal('plan'), entries: listOf(planEntry) }),
  z.object({ sessionUpdate: z.literal('usage_update'), used: z.number(), size: z.number() }),
  z.object({ sessionUpdate: z.literal('available_commands_update'), availableCommands: listOf(command) }),
  z.object({ sessionUpdate: z.literal('current_mode_update'), currentModeId: z.string() }),
  z.object({ sessionUpdate: z.literal('config_option_update'), configOptions: configOptionsSchema }),
]);
export type AcpUpdate = z.infer<typeof updateSchema>;

/** A `session/update` notification; the update itself is read by `updateSchema`. */
export const notificationSchema = z.object({ sessionId: z.string(), update: z.unknown().optional() });

const permissionOption = z.object({
  optionId: z.string(),
  name: z.string(),
  kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
});
/** A `session/request_permission` request. An option of an unknown kind is left out: nobody can tell what it allows. */
export const permissionSchema = z.object({
  sessionId: z.string(),
  toolCall: toolCallSchema,
  options: listOf(permissionOption),
});
export type AcpPermission = z.infer<typeof permissionSchema>;

const promptUsage = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedReadTokens: optional(z.number()),
});
export const promptReplySchema = z.object({
  stopReason: z.string().catch('end_turn'),
  usage: optional(promptUsage),
});
export type PromptReply = z.infer<typeof promptReplySchema>;

const supported = z.unknown().transform((value) => value !== undefined && value !== null && value !== false);

const texts = z.record(z.string(), z.string());
const inTerminal = {
  type: optional(z.string()),
  args: optional(z.array(z.string())),
  env: optional(texts),
};
const terminalAuth = z.object({
  command: z.string(),
  args: optional(z.array(z.string())),
  env: optional(texts),
});
const authMethod = choice.extend({
  id: z.string(),
  ...inTerminal,
  _meta: optional(z.object({ ...inTerminal, 'terminal-auth': optional(terminalAuth) })),
});

/** What an agent says of itself at `initialize`. */
export const initializeReplySchema = z.object({
  agentCapabilities: z
    .object({
      loadSession: z.boolean().catch(false),
      promptCapabilities: z
        .object({ image: z.boolean().catch(false), embeddedContext: z.boolean().catch(false) })
        .catch({ image: false, embeddedContext: false }),
      sessionCapabilities: z.object({ resume: supported }).catch({ resume: false }),
    })
    .catch({
      loadSession: false,
      promptCapabilities: { image: false, embeddedContext: false },
      sessionCapabilities: { resume: false },
    }),
  authMethods: listOf(authMethod).catch([]),
});
export type AgentFacts = z.infer<typeof initializeReplySchema>;
