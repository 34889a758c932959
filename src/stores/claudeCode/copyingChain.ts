import { SessionForksError } from '../../core/errors.ts';
import type { ByteJoin } from '../common/bytesJoin.ts';
import { lastMembers, type Place } from '../common/bytesMembers.ts';
import { parseRecord } from '../common/jsonl.ts';
import { setMembers } from '../common/members.ts';
import type { Copy } from './copying.ts';
import type { Entry } from './entries.ts';

/** The source's file is not what was read before. */
export const rewritten = (): SessionForksError =>
  new SessionForksError('fork_point_invalid', 'The session was rewritten meanwhile. Nothing was forked.');

/**
 * Adds a kept record as the child's, its bytes as they are but for what a copy bears: the child's id and where it comes
 * from. Those stand at the end of what the program writes, so that the rest needs no look. False, with nothing added,
 * for a record of which this is not so, or that must name another parent.
 */
export function addPlainLine(
  made: ByteJoin,
  bytes: Buffer,
  start: number,
  end: number,
  entry: Entry,
  copy: Copy,
): boolean {
  const members =
    entry.named && copy.kept.bridged.get(entry) === undefined
      ? lastMembers(bytes, start, end, 'sessionId')
      : undefined;
  const session = members?.get('sessionId');
  const origin = members?.get('forkedFrom');
  const asked = members?.has('requestSessionId') === true;
  const isPlain =
    session &&
    (origin !== undefined || entry.copiedFrom === undefined) &&
    (asked || entry.requester === undefined) &&
    bytes.lastIndexOf(`"uuid":"${entry.uuid}"`, session.start, 'latin1') > start;
  if (!isPlain) {
    return false;
  }
  made.addBytes(bytes, start, session.start);
  made.addText(JSON.stringify(copy.child));
  addOrigin(made, bytes, session.end, end - 1, origin, originOf(entry, copy));
  made.addText(
    `${requester(entry, asked, copy)}${origin ? '' : `,"forkedFrom":${originOf(entry, copy)}`}}\n`,
  );
  return true;
}

function addOrigin(
  made: ByteJoin,
  bytes: Buffer,
  start: number,
  end: number,
  origin: Place | undefined,
  text: string,
): void {
  made.addBytes(bytes, start, origin?.start ?? end);
  if (origin) {
    made.addText(text);
    made.addBytes(bytes, origin.end, end);
  }
}

const requester = (entry: Entry, asked: boolean, { source }: Copy): string =>
  entry.byModel && !asked ? `,"requestSessionId":${JSON.stringify(source)}` : '';

/** The same for any record, which is parsed. Throws `fork_point_invalid` when another one stands in its line. */
export function chainLine(text: string, entry: Entry, copy: Copy): string {
  const record = parseRecord(text);
  if (record?.uuid !== entry.uuid) {
    throw rewritten();
  }
  const asked = record.type === 'assistant' && !('requestSessionId' in record);
  const parent = copy.kept.bridged.get(entry);
  return setMembers(text, {
    ...(parent && { parentUuid: JSON.stringify(parent) }),
    sessionId: JSON.stringify(copy.child),
    ...(asked && { requestSessionId: JSON.stringify(copy.source) }),
    forkedFrom: originOf(entry, copy),
  });
}

const originOf = ({ uuid }: Entry, { source }: Copy): string =>
  JSON.stringify({ sessionId: source, messageUuid: uuid });
