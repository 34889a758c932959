import { SessionForksError } from '../../core/errors.ts';
import { recordsOf } from '../common/fields.ts';
import { type Access, connectGateway, keyText } from './gateway/connect.ts';
import { type Gateway, GatewayRefusal } from './gateway/gateway.ts';
import type { SessionRow } from './rows.ts';
import type { Shelf } from './summary.ts';

/** Finds what the person set for the gateway; asked at each use. */
export type AskAccess = () => Promise<Access>;

/**
 * Lets `work` ask the gateway that serves this very session, and closes the connection. Throws what `connectGateway`
 * throws, `no_such_session` when the gateway has no such session, `sign_in_needed` when the key may not do it.
 */
export async function withGateway<Result>(
  { place, access }: Shelf,
  row: SessionRow,
  work: (gateway: Gateway) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const gateway = await connectGateway(place, await access(), signal);
  try {
    await findServed(gateway, row);
    return await work(gateway);
  } catch (error) {
    throw isUnauthorized(error)
      ? new SessionForksError('sign_in_needed', `${keyText(error)}, then enter the key here.`, error)
      : error;
  } finally {
    await gateway.close();
  }
}

const isUnauthorized = (error: unknown): error is GatewayRefusal =>
  error instanceof GatewayRefusal && error.code === 'UNAUTHORIZED';

/** Another gateway's data folder may have a session of the same key, such as `main`: its id tells them apart. */
async function findServed(gateway: Gateway, { key, uuid }: SessionRow): Promise<void> {
  const served = recordsOf(await gateway.request('sessions.list'));
  if (!served.some((entry) => entry.key === key && (uuid === '' || entry.id === uuid))) {
    const text =
      'The running Moltis gateway has no such session: it was deleted, or the gateway keeps its data elsewhere.';
    throw new SessionForksError('no_such_session', text);
  }
}
