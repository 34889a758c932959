import { SessionForksError } from '../../core/errors.ts';

/** What the gateway tells of its own accord. */
export interface GatewayEvent {
  readonly event: string;
  readonly payload: unknown;
}

/** A connection to Moltis's gateway that has been greeted. */
export interface Gateway {
  /** Resolves with the reason once the connection is over, whoever ended it. */
  readonly gone: Promise<string>;
  /** Rejects with `agent_ended` when no answer comes, else with an error that bears the gateway's `code`. */
  request(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  listen(listener: (event: GatewayEvent) => void): void;
  close(): Promise<void>;
}

/** Throws `agent_missing` when no gateway listens, `sign_in_needed`, `not_supported`, `cancelled`. */
export type ConnectGateway = (signal?: AbortSignal) => Promise<Gateway>;

/** What the gateway refused, as the error to throw: `sign_in_needed` for want of a scope, else its own words. */
export function refusal(thrown: unknown): unknown {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  if (!(thrown instanceof Error) || code !== 'UNAUTHORIZED') {
    return thrown;
  }
  const text = `Moltis wants an API key that may do this (${thrown.message}). Make one with more scopes and enter it.`;
  return new SessionForksError('sign_in_needed', text, thrown);
}
