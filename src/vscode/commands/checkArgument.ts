import { SessionForksError } from '../../core/errors.ts';
import { t } from '../words.ts';
import { isSession } from './commandTypes.ts';

/** The most characters of an id, and of any other text: a title before it is cut, an address. */
const idLimit = 500;
const textLimit = 4096;

const origins = ['command', 'tree', 'lens', 'panel', 'uri', 'tool', 'mcp', 'api'];

const isText = (value: unknown, limit: number): boolean =>
  typeof value === 'string' && value !== '' && value.length <= limit;

/** An address with its scheme, as `vscode.Uri.toString` writes it. */
const isAddress = (value: unknown): boolean =>
  isText(value, textLimit) && /^[a-z][a-z\d+.-]*:/iu.test(String(value));

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const isNamedSession = (value: unknown): boolean =>
  isSession(value) && isText(value.agent, idLimit) && isText(value.id, idLimit);

function isPoint(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return value === 'end';
  }
  const [member, ...more] = Object.entries(value);
  return (
    member !== undefined &&
    more.length === 0 &&
    (member[0] === 'after' || member[0] === 'before') &&
    isText(member[1], idLimit)
  );
}

/** What commands take besides a session. VS Code adds members of its own, which are passed over. */
const members: Readonly<Record<string, (value: unknown) => boolean>> = {
  point: isPoint,
  message: (value) => isText(value, idLimit),
  title: (value) => typeof value === 'string' && value.length <= textLimit,
  to: isAddress,
  origin: (value) => typeof value === 'string' && origins.includes(value),
  stay: (value) => typeof value === 'boolean',
  silent: (value) => typeof value === 'boolean',
  top: (value) => typeof value === 'number',
  messages: isCount,
  other: isNamedSession,
};

/** Checks what a command is called with: `session` is known to name one. Throws `bad_request`. */
export function checkArgument(session: object): void {
  const wrong = Object.entries(members).find(
    ([name, holds]) => Reflect.get(session, name) !== undefined && !holds(Reflect.get(session, name)),
  );
  if (wrong || !isNamedSession(session)) {
    const name = wrong?.[0] ?? 'agent or id';
    throw new SessionForksError(
      'bad_request',
      t('The command was called with a bad {0}. Nothing was done.', name),
    );
  }
}
