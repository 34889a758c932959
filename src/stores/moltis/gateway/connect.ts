import { errorText, SessionForksError } from '../../../core/errors.ts';
import { recordOf } from '../../common/fields.ts';
import type { JsonRecord } from '../../common/jsonl.ts';
import { throwIfCancelled } from '../../common/pool.ts';
import type { Place } from '../place.ts';
import { type Address, gatewayAddress } from './address.ts';
import { Gateway, GatewayRefusal } from './gateway.ts';
import { openSocket, type TextSocket } from './webSocket.ts';

/** What the person set: the gateway's address in place of the configured one, and an API key of its own making. */
export interface Access {
  readonly url?: string;
  readonly key?: string;
}

/** How long the gateway may take to take the connection and to greet, in ms. */
const helloMs = 10_000;

/** The line that makes a key which may do all that is asked of the gateway here. */
const keyCommand =
  'moltis auth create-api-key --label session-forks --scopes operator.read,operator.write,operator.approvals,operator.admin';

/**
 * Connects to the gateway that serves `place` and says hello. Throws `agent_missing` when none listens, `sign_in_needed`
 * when it does not take the key, `not_supported` for another protocol, `cancelled`.
 */
export async function connectGateway(
  { config }: Place,
  access: Access,
  signal?: AbortSignal,
): Promise<Gateway> {
  throwIfCancelled(signal);
  const address = await gatewayAddress(config, access.url);
  const gateway = new Gateway(await reach(address, signal));
  try {
    const hello = recordOf(await gateway.request('connect', greeting(access.key)));
    const { methods } = recordOf(hello?.features) ?? {};
    gateway.methods = new Set(Array.isArray(methods) ? methods.map(String) : []);
    return gateway;
  } catch (error) {
    await gateway.close();
    throw notWelcome(error);
  }
}

async function reach(address: Address, signal: AbortSignal | undefined): Promise<TextSocket> {
  const deadline = AbortSignal.timeout(helloMs);
  try {
    return await openSocket(address, signal ? AbortSignal.any([deadline, signal]) : deadline);
  } catch (error) {
    throwIfCancelled(signal);
    const text = `No Moltis gateway answers at ${address.url} (${errorText(error)}). Start it with “moltis gateway”, or set its address.`;
    throw new SessionForksError('agent_missing', text, error);
  }
}

const greeting = (key: string | undefined): JsonRecord => ({
  protocol: { min: 3, max: 4 },
  client: { id: 'session-forks', version: '1', platform: 'vscode', mode: 'operator' },
  ...(key ? { auth: { api_key: key } } : {}),
});

function notWelcome(error: unknown): unknown {
  if (!(error instanceof GatewayRefusal)) {
    return error;
  }
  return error.code === 'PROTOCOL_ERROR'
    ? new SessionForksError(
        'not_supported',
        `This Moltis gateway speaks another protocol: ${error.message}.`,
        error,
      )
    : new SessionForksError('sign_in_needed', `${keyText(error)}, then enter the key here.`, error);
}

/** What to say when the key, or want of one, is what keeps the gateway from doing something. */
export const keyText = ({ message }: GatewayRefusal): string =>
  `The Moltis gateway wants an API key that may do this (${message}). Make one with “${keyCommand}”`;
