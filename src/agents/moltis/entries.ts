import { SessionForksError } from '../../core/errors.ts';
import type { Gateway } from './gateway.ts';
import { entriesSchema, type SessionEntry } from './schema.ts';

/** What the gateway says of a session now. Throws `no_such_session`; asking for it by name would create it. */
export async function findEntry(gateway: Gateway, key: string): Promise<SessionEntry> {
  const entries = entriesSchema.parse(await gateway.request('sessions.list'));
  const entry = entries.find((candidate) => candidate.key === key);
  if (!entry) {
    throw new SessionForksError('no_such_session', 'The running Moltis gateway has no such session.');
  }
  return entry;
}
