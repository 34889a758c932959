import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { LineScanner } from './lineScanner.ts';
import { stampOf } from './stamp.ts';

/** Shorter files are read in no time. */
const leastBytes = 1 << 20;
/** A record of which no more is kept than lists need takes about a kilobyte of memory at most. */
const mostRecords = 200_000;
const mostKept = 2;
/** How long a scan is kept that nobody asks for, in ms. */
const idleMs = 120_000;
/** So many bytes at the end of what was read tell whether the file was only added to. */
const provenBytes = 4096;

/** Whether a file is so long that its scan may be kept. */
const isLong = ({ size }: Stats): boolean => size >= leastBytes;

interface Scanned {
  readonly stats: Stats;
}

/** What was made of scans: of one that may be kept each thing once, whatever tells it from others. */
export class MadeOf<Scan extends Scanned, Made> {
  readonly #known = new WeakMap<Scan, Map<unknown, Made>>();

  get(scan: Scan, which: unknown, make: () => Made): Made {
    const known = this.#known.get(scan) ?? new Map<unknown, Made>();
    const made = known.get(which) ?? make();
    if (isLong(scan.stats)) {
      this.#known.set(scan, known.set(which, made));
    }
    return made;
  }
}

interface Kept<Scan> {
  readonly scanner: LineScanner<Scan>;
  readonly scan: Scan;
  readonly proof: Buffer;
  readonly timer: NodeJS.Timeout;
}

/**
 * Scans of an agent's long transcripts. Of one that was read not long ago only what is new is read, and nothing when it
 * did not change; one that is not merely longer is read whole.
 */
export class KeptScans<Scan extends Scanned> {
  readonly #make: (path: string) => LineScanner<Scan>;
  readonly #records: (scan: Scan) => number;
  readonly #kept = new Map<string, Kept<Scan>>();
  readonly #running = new Map<string, Promise<Scan>>();

  /** `records` says how many of them a scan holds. */
  constructor(make: (path: string) => LineScanner<Scan>, records: (scan: Scan) => number) {
    this.#make = make;
    this.#records = records;
  }

  /** Throws as `LineScanner.read`. */
  async scan(path: string, signal?: AbortSignal): Promise<Scan> {
    // One after the other: a scanner reads on from where it is.
    const before = this.#running.get(path)?.catch(() => undefined) ?? Promise.resolve();
    const work = before.then(() => this.#scan(path, signal));
    this.#running.set(path, work);
    try {
      return await work;
    } finally {
      if (this.#running.get(path) === work) {
        this.#running.delete(path);
      }
    }
  }

  async #scan(path: string, signal: AbortSignal | undefined): Promise<Scan> {
    const stats = statSync(path);
    const known = this.#take(path);
    if (known && stampOf(stats) === stampOf(known.scan.stats)) {
      this.#keep(path, known.scanner, known.scan);
      return known.scan;
    }
    const goesOn =
      known && stats.ino === known.scan.stats.ino && proofOf(path, known.scanner).equals(known.proof);
    const scanner = goesOn ? known.scanner : this.#make(path);
    const scan = await scanner.read(signal);
    if (isLong(stats)) {
      this.#keep(path, scanner, scan);
    }
    return scan;
  }

  #take(path: string): Kept<Scan> | undefined {
    const known = this.#kept.get(path);
    clearTimeout(known?.timer);
    this.#kept.delete(path);
    return known;
  }

  #keep(path: string, scanner: LineScanner<Scan>, scan: Scan): void {
    if (scanner.end === undefined || this.#records(scan) > mostRecords) {
      return;
    }
    const timer = setTimeout(() => this.#kept.delete(path), idleMs).unref();
    this.#kept.set(path, { scanner, scan, proof: proofOf(path, scanner), timer });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) {
      this.#take(oldest);
    }
  }
}

/** The last bytes of what a scanner has read; fewer when the file is shorter now. */
function proofOf(path: string, { end = 0 }: LineScanner<unknown>): Buffer {
  const start = Math.max(0, end - provenBytes);
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(end - start);
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
  } finally {
    closeSync(file);
  }
}
