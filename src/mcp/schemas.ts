import { z } from 'zod';
import { SessionForksError } from '../core/errors.ts';

// Unknown members are refused: a misspelt `at_message` must never become a fork of everything.
const agent = z
  .string()
  .min(1)
  .max(64)
  .describe('Id of the coding agent whose session it is, as list_sessions gives it, e.g. claude-code');
const session = z
  .string()
  .min(1)
  .max(500)
  .describe('Id of the session, or its sessionKey; “this” is the session that this agent runs in');
const limit = (most: number, usual: number) =>
  z.int().min(1).max(most).optional().describe(`At most so many; ${usual} when absent`);
const keep = z
  .int()
  .min(0)
  .max(1_000_000)
  .optional()
  .describe('How many messages the fork keeps, counted as read_session numbers them; all when absent');

export const listInput = z.strictObject({
  agent: agent.optional(),
  cwd: z.string().min(1).max(4096).optional().describe('Only sessions of this folder and those below it'),
  query: z
    .string()
    .max(500)
    .optional()
    .describe('Only sessions whose title, first prompt or id has this text'),
  limit: limit(500, 50),
});
export type ListInput = z.infer<typeof listInput>;

export const readInput = z.strictObject({
  agent: agent.optional(),
  session: session.optional(),
  from: z.int().min(1).max(1_000_000).optional().describe('Number of the first message, counted from 1'),
  limit: limit(200, 50),
});
export type ReadInput = z.infer<typeof readInput>;

export const branchInput = z.strictObject({
  agent: agent.optional(),
  session: session.optional(),
  at_message: keep,
  fork_point: keep.describe('Another name for at_message'),
  message_id: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('Id of a message as read_session gives it, in place of at_message'),
  side: z
    .enum(['after', 'before'])
    .optional()
    .describe('after a reply, which is kept, or before a prompt, which is left out'),
  label: z
    .string()
    .max(2000)
    .optional()
    .describe('Title of the fork, cut to 200 characters; made from the title of its source when absent'),
});
export type BranchInput = z.infer<typeof branchInput>;

/** The input as `schema` has it. Throws `bad_request` with what is wrong. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
    throw new SessionForksError('bad_request', `Nothing was done: ${wrong}.`);
  }
  return parsed.data;
}
