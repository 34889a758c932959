import { SessionForksError } from '../../core/errors.ts';
import type { ByteJoin } from '../common/bytesJoin.ts';
import { LastMembersFinder, type Place } from '../common/bytesMembers.ts';
import { parseRecord } from '../common/jsonl.ts';
import { setMembers } from '../common/members.ts';
import type { Copy } from './copying.ts';
import type { Entry } from './entries.ts';

/** The source's file is not what was read before. */
export const rewritten = (): SessionForksError =>
  new SessionForksError('fork_point_invalid', 'The session was rewritten meanwhile. Nothing was forked.');

/** Makes the child's record of a kept one: its bytes as they are, but for what a copy bears. */
export class ChainCopier {
  readonly #copy: Copy;
  readonly #source: string;
  readonly #child: string;
  readonly #ends = new LastMembersFinder('sessionId');

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
    const origin = places.get('forkedFrom');
    const asked = places.has('requestSessionId');
    const isPlain =
      (origin !== undefined || entry.copiedFrom === undefined) &&
      (asked || entry.requester === undefined) &&
      bytes.lastIndexOf(`"uuid":"${entry.uuid}"`, at + session.start, 'latin1') > start;
    if (!isPlain) {
      return false;
    }
    const added = entry.byModel && !asked ? `,"requestSessionId":${this.#source}` : '';
    made.addBytes(bytes, start, at + session.start);
    made.addText(this.#child);
    this.#addRest(made, bytes.subarray(at, end - 1), session.end, origin, added, entry);
    return true;
  }

  #addRest(
    made: ByteJoin,
    last: Buffer,
    start: number,
    origin: Place | undefined,
    added: string,
    entry: Entry,
  ): void {
    made.addBytes(last, start, origin?.start ?? last.length);
    if (origin) {
      made.addText(this.#originOf(entry));
      made.addBytes(last, origin.end, last.length);
    }
    made.addText(origin ? `${added}}\n` : `${added},"forkedFrom":${this.#originOf(entry)}}\n`);
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
