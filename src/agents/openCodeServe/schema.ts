import { z } from 'zod';

/** What is read of `opencode serve` (HTTP and SSE, 1.18.33). */
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

/** One server-sent event; `properties` is read by the schema of its type. */
export const eventSchema = z.object({ type: z.string(), properties: z.unknown() });
export type ServerEvent = z.infer<typeof eventSchema>;

/** What every event of a session says. */
export const sessionEventSchema = z.object({ sessionID: z.string() });

export const createdSchema = z.object({ info: z.object({ id: z.string(), parentID: z.string() }) });

export const messageEventSchema = z.object({ info: z.object({ id: z.string(), role: z.string() }) });

const toolState = z.object({
  status: z.enum(['pending', 'running', 'completed', 'error']).catch('running'),
  input: optional(z.record(z.string(), z.unknown())),
  title: optional(z.string()),
  output: optional(z.string()),
  error: optional(z.string()),
});

const tokens = z.object({
  input: z.number(),
  output: z.number(),
  cache: optional(z.object({ read: z.number() })),
});

const partSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), id: z.string(), messageID: z.string(), text: z.string() }),
  z.object({ type: z.literal('reasoning'), id: z.string(), messageID: z.string(), text: z.string() }),
  z.object({ type: z.literal('tool'), callID: z.string(), tool: z.string(), state: toolState }),
  z.object({ type: z.literal('step-finish'), tokens }),
]);
export type Part = z.infer<typeof partSchema>;
export type PartOf<Type extends Part['type']> = Extract<Part, { type: Type }>;

export const partEventSchema = z.object({ part: partSchema });

export const deltaEventSchema = z.object({ partID: z.string(), field: z.string(), delta: z.string() });

export const askedSchema = z.object({
  id: z.string(),
  sessionID: z.string(),
  permission: z.string(),
  patterns: z.array(z.string()).catch([]),
  tool: optional(z.object({ callID: z.string() })),
});
export type Asked = z.infer<typeof askedSchema>;

export const repliedSchema = z.object({ requestID: z.string() });

export const todoEventSchema = z.object({
  todos: z.array(z.object({ content: z.string(), status: z.string() })),
});

export const errorEventSchema = z.object({
  error: z.object({ name: z.string(), data: z.object({ message: z.string() }).catch({ message: '' }) }),
});
export type TurnError = z.infer<typeof errorEventSchema>['error'];

export const statusSchema = z.record(z.string(), z.object({ type: z.string() }));

export const sessionSchema = z.object({
  agent: optional(z.string()),
  model: optional(z.object({ id: z.string(), providerID: z.string() })),
});

export const agentsSchema = z.array(
  z.object({
    name: z.string(),
    mode: z.string(),
    hidden: optional(z.boolean()),
    description: optional(z.string()),
  }),
);

export const providersSchema = z.object({
  providers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      models: z.record(z.string(), z.object({ id: z.string(), name: z.string() })),
    }),
  ),
});
