import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const mostColours = 256;
const bytesAPixel = 3;
/** Squared distance of two colours that nobody tells apart: the palette is for others. */
const tooNear = 48;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, row by row. */
  readonly pixels: Buffer;
}

/**
 * The same picture with its 256 most frequent colours, the others by the nearest of these: about a third of the bytes.
 * Takes what a browser's screenshot is: 8 bits a channel, no transparency, not interlaced.
 */
export function smallPng(png: Buffer): Buffer {
  const picture = decode(png);
  const colours = frequentColours(picture.pixels);
  const palette = Buffer.from(colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    signature,
    chunk('IHDR', header(picture)),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(indexed(picture, colours), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function decode(png: Buffer): Picture {
  const parts = chunks(png);
  const head = parts.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13);
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  if (head[8] !== 8 || head[9] !== 2 || head[12] !== 0) throw new Error('Not a screenshot of a browser.');
  const data = parts.filter(({ type }) => type === 'IDAT').map((part) => part.data);
  return { width, height, pixels: unfilter(inflateSync(Buffer.concat(data)), width * bytesAPixel) };
}

function chunks(png: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const found = [];
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    found.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return found;
}

/** Each row begins with the number of its filter (PNG specification, section 9). */
function unfilter(rows: Buffer, stride: number): Buffer {
  const height = rows.length / (stride + 1);
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < bytesAPixel ? 0 : (pixels[at - bytesAPixel] ?? 0);
      const up = y === 0 ? 0 : (pixels[at - stride] ?? 0);
      const corner = x < bytesAPixel || y === 0 ? 0 : (pixels[at - stride - bytesAPixel] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      pixels[at] = (rows[y * (stride + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function frequentColours(pixels: Buffer): readonly number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += bytesAPixel) {
    const colour = pixels.readUIntBE(at, bytesAPixel);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const chosen: number[] = [];
  for (const [colour] of [...counts].sort(([, a], [, b]) => b - a)) {
    if (chosen.length < mostColours && chosen.every((other) => distance(colour, other) > tooNear)) {
      chosen.push(colour);
    }
  }
  return chosen;
}

function indexed({ width, height, pixels }: Picture, colours: readonly number[]): Buffer {
  const known = new Map(colours.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = pixels.readUIntBE((y * width + x) * bytesAPixel, bytesAPixel);
      const index = known.get(colour) ?? nearest(colour, colours);
      known.set(colour, index);
      rows[y * (width + 1) + 1 + x] = index;
    }
  }
  return rows;
}

function nearest(colour: number, colours: readonly number[]): number {
  const distances = colours.map((other) => distance(colour, other));
  return distances.indexOf(Math.min(...distances));
}

const distance = (a: number, b: number): number =>
  [16, 8, 0].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0);

function header({ width, height }: Picture): Buffer {
  const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  return data;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
