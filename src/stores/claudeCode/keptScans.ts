import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { stampOf } from '../common/stamp.ts';
import { type Scan, Scanner, scanTranscript } from './scan.ts';

/** Shorter files are read in no time. */
const leastBytes = 1 << 20;
/** An entry takes some hundreds of bytes of memory. */
const mostEntries = 200_000;
const mostKept = 2;
/** How long a scan is kept that nobody asks for, in ms. */
const idleMs = 120_000;
/** So many bytes at the end of what was read tell whether the file was only added to. */
const provenBytes = 4096;

interface Kept {
  readonly scanner: Scanner;
  readonly scan: Scan;
  readonly proof: Buffer;
  readonly timer: NodeJS.Timeout;
}

const kept = new Map<string, Kept>();
const running = new Map<string, Promise<Scan>>();

/**
 * Reads a session's transcript as `scanTranscript` does, without its records. Of a long one that was read not long ago
 * only what is new is read, and nothing when it did not change; one that is not merely longer is read whole.
 */
export async function scanKept(path: string, signal?: AbortSignal): Promise<Scan> {
  // One after the other: a scanner reads on from where it is.
  const before = running.get(path)?.catch(() => undefined);
  const work = (before ?? Promise.resolve()).then(() => scanOn(path, signal));
  running.set(path, work);
  try {
    return await work;
  } finally {
    if (running.get(path) === work) {
      running.delete(path);
    }
  }
}

async function scanOn(path: string, signal: AbortSignal | undefined): Promise<Scan> {
  const stats = statSync(path);
  const known = take(path);
  if (known && stampOf(stats) === stampOf(known.scan.stats)) {
    keep(path, known.scanner, known.scan);
    return known.scan;
  }
  if (stats.size < leastBytes) {
    return scanTranscript(path, 'entries', signal);
  }
  const goesOn =
    known && stats.ino === known.scan.stats.ino && proofOf(path, known.scanner).equals(known.proof);
  const scanner = goesOn ? known.scanner : new Scanner(path, 'entries', 'session');
  const scan = await scanner.read(signal);
  keep(path, scanner, scan);
  return scan;
}

function take(path: string): Kept | undefined {
  const known = kept.get(path);
  clearTimeout(known?.timer);
  kept.delete(path);
  return known;
}

function keep(path: string, scanner: Scanner, scan: Scan): void {
  if (scanner.end === undefined || scan.entries.length > mostEntries) {
    return;
  }
  const timer = setTimeout(() => kept.delete(path), idleMs).unref();
  kept.set(path, { scanner, scan, proof: proofOf(path, scanner), timer });
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) {
    take(oldest);
  }
}

/** The last bytes of what a scanner has read; fewer when the file is shorter now. */
function proofOf(path: string, { end = 0 }: Scanner): Buffer {
  const start = Math.max(0, end - provenBytes);
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(end - start);
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
  } finally {
    closeSync(file);
  }
}
