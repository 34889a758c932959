import { SessionForksError } from '../../core/errors.ts';
import { type SignInMethod, SignInMethods } from '../../core/signIn.ts';
import type { Exit } from './process.ts';

/** JSON-RPC codes of ACP v1. */
const authRequired = -32000;
const resourceNotFound = -32002;

/** What the agent said when it refused a request, in its own words. `cause` is the protocol's error. */
export class AgentSaid extends Error {
  constructor(cause: unknown) {
    super(saidText(cause), { cause });
    this.name = 'AgentSaid';
  }
}

export function endedError(name: string, exit: Exit): SessionForksError {
  const how = exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code ?? 0}`;
  return new SessionForksError('agent_ended', `${name} ended (${how}).`);
}

/** A refused request as the error to throw: `sign_in_needed`, `out_of_credit`, or the agent's own words. */
export function refusal(name: string, methods: readonly SignInMethod[], thrown: unknown): Error {
  if (codeOf(thrown) !== authRequired) {
    const said = new AgentSaid(thrown);
    return isOutOfCredit(thrown) ? new SessionForksError('out_of_credit', said.message, said) : said;
  }
  const names = methods.map((method) => method.name).join(', ');
  const text = names === '' ? `Sign in to ${name}.` : `Sign in to ${name}: ${names}.`;
  return new SessionForksError('sign_in_needed', text, new SignInMethods(methods));
}

/** The agent does not know the session: deleted, or a fork that it has not read yet. */
export function isSessionNotFound(thrown: unknown): boolean {
  const cause = thrown instanceof AgentSaid ? thrown.cause : thrown;
  return (
    codeOf(cause) === resourceNotFound ||
    /\bsession\b.*\bnot found\b|\bno\b.*\bsession\b.*\bfound\b/i.test(saidText(cause))
  );
}

/**
 * Agents name it in `data`: Claude Code 2.1.329 `errorKind`, Codex 0.169.0 `codexErrorInfo`, goose 1.52.0 `reason`.
 * Others pass on the words of the model's service.
 */
function isOutOfCredit(thrown: unknown): boolean {
  const data = property(thrown, 'data');
  const kinds = ['errorKind', 'codexErrorInfo', 'reason'].map((key) => property(data, key));
  return (
    kinds.some((kind) => typeof kind === 'string' && /billing|usage_?limit|credit/i.test(kind)) ||
    /\bcredit balance\b|\binsufficient (credits?|funds|quota|balance)\b|\bexceeded your current quota\b|\busage limit\b/i.test(
      saidText(thrown),
    )
  );
}

function saidText(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const details = detailsOf(property(thrown, 'data'));
  const whole = details !== undefined && !message.includes(details) ? `${message}: ${details}` : message;
  // JSON-RPC's own name of an error without a name says nothing to a person.
  return whole.replace(/^Internal error: /, '');
}

function detailsOf(data: unknown): string | undefined {
  if (typeof data === 'string') {
    return data;
  }
  const details = property(data, 'details') ?? property(data, 'message');
  return typeof details === 'string' ? details : undefined;
}

const codeOf = (thrown: unknown): unknown => property(thrown, 'code');

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
