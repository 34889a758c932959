import { z } from 'zod';
import { permissionSchema, sessionReplySchema } from '../acp/schema.ts';

/** What is read of `qwen serve` (HTTP and SSE, protocol v1, Qwen Code 0.24.4). Updates and permissions are ACP's. */
export const capabilitiesSchema = z.object({ features: z.array(z.string()) }).catch({ features: [] });

export const resumeSchema = z.object({ sessionId: z.string(), state: sessionReplySchema });

export const acceptedSchema = z.object({ promptId: z.string() });

/** One server-sent event; `data` is read by the schema of its type. */
export const eventSchema = z.object({
  id: z.number().optional(),
  type: z.string(),
  promptId: z.string().optional(),
  data: z.unknown().optional(),
});
export type ServerEvent = z.infer<typeof eventSchema>;

export const updateDataSchema = z.object({ sessionId: z.string(), update: z.unknown() });

export const permissionDataSchema = permissionSchema.extend({ requestId: z.string() });

export const resolvedDataSchema = z.object({ requestId: z.string() }).catch({ requestId: '' });

export const turnEndSchema = z
  .object({
    stopReason: z.string().catch('end_turn'),
    error: z.string().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
  })
  .catch({ stopReason: 'end_turn' });
