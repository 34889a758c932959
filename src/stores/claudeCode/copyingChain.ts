import { SessionForksError } from '../../core/errors.ts';
import type { ByteJoin } from '../common/bytesJoin.ts';
import { type LastMembers, LastMembersFinder, type Place } from '../common/bytesMembers.ts';
import { parseRecord } from '../common/jsonl.ts';
import { setMembers } from '../common/members.ts';
import type { Copy } from './copying.ts';
import type { Entry } from './entries.ts';

/** The source's file is not what was read before. */
export const rewritten = (): SessionForksError =>
  new SessionForksError('fork_point_invalid', 'The session was rewritten meanwhile. Nothing was forked.');

/** How the copies of records that end alike end: what stands before their own id, and behind it, byte for byte as latin1. */
interface Ending {
  readonly before: string;
  readonly after: string;
}

interface Endings {
  readonly places: LastMembers['places'];
  readonly byModel: Ending;
  readonly others: Ending;
}

/** Makes the child's record of a kept one: its bytes as they are, but for what a copy bears. */
export class ChainCopier {
  readonly #copy: Copy;
  readonly #source: string;
  readonly #child: string;
  readonly #ends = new LastMembersFinder('sessionId');
  #endings: Endings | undefined;
  #idDistance = 0;

  constructor(copy: Copy) {
    this.#copy = copy;
    this.#source = JSON.stringify(copy.source);
    this.#child = JSON.stringify(copy.child);
  }

  /**
   * Adds it to `made`. What a copy bears, the child's id and where it comes from, stands at the end of what the program
   * writes, so that the rest needs no look. False, with nothing added, for a record of which this is not so, or that must
   * name another parent.
   */
  addPlain(made: ByteJoin, bytes: Buffer, start: number, end: number, entry: Entry): boolean {
    const isAsWas = entry.named && this.#copy.kept.bridged.get(entry) === undefined;
    const last = isAsWas ? this.#ends.find(bytes, start, end) : undefined;
    const session = last?.places.get('sessionId');
    if (!last || !session) {
      return false;
    }
    const { at, places } = last;
    const isPlain =
      (places.has('forkedFrom') || entry.copiedFrom === undefined) &&
      (places.has('requestSessionId') || entry.requester === undefined) &&
      this.#hasId(entry.uuid, bytes, start, at + session.start);
    if (!isPlain) {
      return false;
    }
    if (this.#endings?.places !== places) {
      this.#endings = this.#endingsOf(bytes.toString('latin1', at, end), places, session);
    }
    const { before, after } = entry.byModel ? this.#endings.byModel : this.#endings.others;
    made.addBytes(bytes, start, at + session.start);
    made.addLatin1(before + entry.uuid + after);
    return true;
  }

  /** Whether the id stands in the record before `end`: as a rule as far from there as in the one before. */
  #hasId(id: string, bytes: Buffer, start: number, end: number): boolean {
    const member = `"uuid":"${id}"`;
    const at = end - this.#idDistance;
    if (at > start && bytes.toString('latin1', at, at + member.length) === member) {
      return true;
    }
    const found = bytes.lastIndexOf(member, end, 'latin1');
    this.#idDistance = end - found;
    return found > start;
  }

  /** `last`: the members at the end of a record, from the session id's on. */
  #endingsOf(last: string, places: LastMembers['places'], session: Place): Endings {
    const source = asLatin1(this.#source);
    const child = asLatin1(this.#child);
    const origin = places.get('forkedFrom');
    const name = `{"sessionId":${source},"messageUuid":"`;
    const endingWith = (added: string): Ending =>
      origin
        ? {
            before: child + last.slice(session.end, origin.start) + name,
            after: `"}${last.slice(origin.end, -1)}${added}}\n`,
          }
        : {
            before: `${child}${last.slice(session.end, -1)}${added},"forkedFrom":${name}`,
            after: '"}}\n',
          };
    const asked = places.has('requestSessionId') ? '' : `,"requestSessionId":${source}`;
    return { places, byModel: endingWith(asked), others: endingWith('') };
  }

  /** The same for any record, which is parsed. Throws `fork_point_invalid` when another one stands in its line. */
  line(text: string, entry: Entry): string {
    const record = parseRecord(text);
    if (record?.uuid !== entry.uuid) {
      throw rewritten();
    }
    const asked = record.type === 'assistant' && !('requestSessionId' in record);
    const parent = this.#copy.kept.bridged.get(entry);
    return setMembers(text, {
      ...(parent && { parentUuid: JSON.stringify(parent) }),
      sessionId: this.#child,
      ...(asked && { requestSessionId: this.#source }),
      forkedFrom: this.#originOf(entry),
    });
  }

  #originOf({ uuid }: Entry): string {
    return `{"sessionId":${this.#source},"messageUuid":${JSON.stringify(uuid)}}`;
  }
}

/** A text of which each character stands for one of its bytes. */
const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1');
