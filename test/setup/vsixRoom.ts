import { readFileSync } from 'node:fs';

/** One file of an archive and the bytes that it takes there. */
export interface PackedFile {
  readonly name: string;
  readonly bytes: number;
}

const [entryMark, endMark] = [0x02014b50, 0x06054b50];
const [entrySize, endSize] = [46, 22];

/** The files of a ZIP archive (APPNOTE 6.3.10, 4.3.12: its central directory), the largest first. */
export function packedFiles(path: string): readonly PackedFile[] {
  const bytes = readFileSync(path);
  let end = bytes.length - endSize;
  while (end >= 0 && bytes.readUInt32LE(end) !== endMark) end--;
  if (end < 0) throw new Error(`${path} is no ZIP archive.`);
  const files: PackedFile[] = [];
  for (let at = bytes.readUInt32LE(end + 16); bytes.readUInt32LE(at) === entryMark; ) {
    const [nameSize, extraSize, noteSize] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const nameEnd = at + entrySize + (nameSize ?? 0);
    files.push({ name: bytes.toString('utf8', at + entrySize, nameEnd), bytes: bytes.readUInt32LE(at + 20) });
    at = nameEnd + (extraSize ?? 0) + (noteSize ?? 0);
  }
  return files.toSorted((a, b) => b.bytes - a.bytes);
}

/** What takes the room of an archive, as a table: the largest files, and all others together. */
export function roomTable(files: readonly PackedFile[], shown = 15): string {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const others = files.slice(shown).reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [
    ...files.slice(0, shown),
    { name: `${Math.max(0, files.length - shown)} more files`, bytes: others },
    { name: 'all', bytes: total },
  ];
  return rows.map(({ name, bytes }) => `${(bytes / 1000).toFixed(1).padStart(8)} KB  ${name}`).join('\n');
}
