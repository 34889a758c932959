import { randomBytes } from 'node:crypto';

/** The kinds of frames of RFC 6455. */
export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame as a server sends it. `isLast` is false for all pieces of a message but its last. */
export interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
}

/** A frame of a client: whole and masked, as the protocol demands. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([Buffer.from([0x80 | opcode]), maskedLength(payload.length), mask, masked]);
}

function maskedLength(length: number): Buffer {
  if (length < 126) {
    return Buffer.from([0x80 | length]);
  }
  if (length < 0x1_0000) {
    return Buffer.from([0x80 | 126, length >> 8, length & 0xff]);
  }
  const bytes = Buffer.alloc(9, 0x80 | 127);
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** The most bytes that one frame may bring; a history of 2 MiB is the longest answer known. */
const limit = 64 * 1024 * 1024;

/** Gives the frames of a server as their bytes come. `read` throws when what comes is no such frame. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  read(bytes: Buffer): readonly Frame[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    for (let size = sizeOf(this.#rest); size && this.#rest.length >= size.end; size = sizeOf(this.#rest)) {
      const first = this.#rest.readUInt8(0);
      const payload = this.#rest.subarray(size.start, size.end);
      frames.push({ opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload });
      this.#rest = this.#rest.subarray(size.end);
    }
    return frames;
  }
}

/** Where the payload of the first frame stands; undefined while its head is not whole. */
function sizeOf(bytes: Buffer): { readonly start: number; readonly end: number } | undefined {
  const code = bytes.length < 2 ? undefined : bytes.readUInt8(1);
  if (code === undefined) {
    return undefined;
  }
  if (code > 127) {
    throw new Error('the server sent a masked frame');
  }
  const start = code < 126 ? 2 : code === 126 ? 4 : 10;
  if (bytes.length < start) {
    return undefined;
  }
  const length = code < 126 ? code : code === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > limit) {
    throw new Error(`the server sent a frame of ${length} bytes`);
  }
  return { start, end: start + length };
}
