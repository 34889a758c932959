import { z } from 'zod';

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const text = z.string();
const run = { runId: optional(text), sessionKey: text };
const failure = optional(
  z.object({ title: optional(text), detail: optional(text), message: optional(text) }),
);

/** The payload of a `chat` event (20260820.01). Other states tell nothing that the panel shows. */
export const chatEventSchema = z.discriminatedUnion('state', [
  z.object({ ...run, state: z.literal('thinking') }),
  z.object({ ...run, state: z.literal('thinking_text'), text }),
  z.object({ ...run, state: z.literal('delta'), text }),
  z.object({
    ...run,
    state: z.literal('tool_call_start'),
    toolCallId: text,
    toolName: text,
    arguments: z.unknown().optional(),
  }),
  z.object({
    ...run,
    state: z.literal('tool_call_end'),
    toolCallId: text,
    toolName: text,
    success: z.boolean().catch(true),
    result: z.unknown().optional(),
    error: failure,
  }),
  z.object({
    ...run,
    state: z.literal('final'),
    text: text.catch(''),
    inputTokens: optional(z.number()),
    outputTokens: optional(z.number()),
    cacheReadTokens: optional(z.number()),
  }),
  z.object({ ...run, state: z.literal('error'), error: failure }),
  z.object({ ...run, state: z.literal('aborted') }),
]);
export type ChatEvent = z.infer<typeof chatEventSchema>;
export type ChatEventOf<State extends ChatEvent['state']> = Extract<ChatEvent, { state: State }>;

/** The payload of `exec.approval.requested`. */
export const approvalSchema = z.object({ requestId: text, command: text, sessionKey: optional(text) });
export type Approval = z.infer<typeof approvalSchema>;

/** The payload of `exec.approval.resolved`. */
export const resolvedSchema = z.object({ requestId: text });

/** What `sessions.list` says of a session. */
export const entriesSchema = z.array(
  z.object({ key: text, model: optional(text), replying: z.boolean().catch(false) }),
);
export type SessionEntry = z.infer<typeof entriesSchema>[number];

export const modelsSchema = z.array(z.object({ id: text, displayName: optional(text) })).catch([]);

/** The answer to `chat.send`: a run began, or the prompt waits behind another one. */
export const sentSchema = z.object({ runId: optional(text), queued: optional(z.boolean()) });

/** The end of a history as `sessions.switch` gives it. */
export const historySchema = z.object({
  history: z.array(
    z.object({
      role: optional(text),
      run_id: optional(text),
      content: optional(text),
      inputTokens: optional(z.number()),
      outputTokens: optional(z.number()),
      cacheReadTokens: optional(z.number()),
    }),
  ),
});
export type HistoryRecord = z.infer<typeof historySchema>['history'][number];
