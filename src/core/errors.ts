/** Stable names of what can go wrong, the same at every door. */
export type ErrorCode =
  | 'bad_request'
  | 'no_source'
  | 'no_such_session'
  | 'nothing_to_fork'
  | 'other_project'
  | 'busy'
  | 'fork_point_invalid'
  | 'collision'
  | 'not_supported'
  | 'agent_missing'
  | 'too_many_agents'
  | 'agent_ended'
  | 'sign_in_needed'
  | 'out_of_credit'
  | 'cancelled'
  | 'fork_failed';

/** The one error that services throw. `message` is one sentence that a person reads as it is. */
export class SessionForksError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SessionForksError';
    this.code = code;
  }
}

/** For programs that get a text alone: the code, then the text of what was thrown. */
export const codedText = (thrown: unknown): string =>
  `${thrown instanceof SessionForksError ? thrown.code : 'fork_failed'}: ${errorText(thrown)}`;

/** The text of anything that was thrown. */
export const errorText = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
