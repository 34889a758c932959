import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mutateDatabase } from './databases.ts';
import { disturb } from './disturbances.ts';
import type { Home } from './homes.ts';
import { hugeLine, mutated } from './mutations.ts';
import type { Random } from './random.ts';

/** How many sessions stand in a case, one of them mutated: its parent may be among the others. */
const sessionsInCase = 3;
/** Every so many cases, the first one included, hold a line of 100 MB. */
const hugeEvery = 2_000;

export interface CasePlace {
  /** The agent's folder goes below it; everything is to stay inside. */
  readonly inside: string;
  /** A file beside it, that holds a session of the agent and that nothing may open or change. */
  readonly outside: string;
}

/** Writes the mutated home of case `number`. */
export function writeCase(home: Home, place: CasePlace, number: number, random: Random): void {
  const root = join(place.inside, home.root);
  for (const [path, bytes] of home.beside) {
    write(join(root, path), bytes);
  }
  const transcripts = [...home.transcripts];
  write(place.outside, transcripts[0]?.[1] ?? [...home.beside.values()][0] ?? Buffer.alloc(0));
  if (transcripts.length > 0) {
    writeTranscripts(transcripts, root, place.outside, number, random);
  }
  for (const [path, bytes] of home.beside) {
    if (path.endsWith('.db') && (transcripts.length === 0 || random.below(3) === 0)) {
      const isHuge = transcripts.length === 0 && number % hugeEvery === 0;
      mutateDatabase(join(root, path), bytes, isHuge, random);
    }
  }
  if (random.below(10) === 0) {
    disturb(root, [...home.transcripts.keys(), ...home.beside.keys()], place.outside, random);
  }
}

function writeTranscripts(
  transcripts: readonly (readonly [string, Buffer])[],
  root: string,
  outside: string,
  number: number,
  random: Random,
): void {
  const first = random.below(transcripts.length);
  for (let index = 0; index < Math.min(sessionsInCase, transcripts.length); index++) {
    const [path, bytes] = transcripts[(first + index) % transcripts.length] ?? ['', Buffer.alloc(0)];
    write(join(root, path), index === 0 ? mutated(bytes, random, outside) : bytes);
    if (index === 0 && number % hugeEvery === 0) {
      writeFileSync(join(root, path), hugeLine(bytes, random));
    }
  }
}

function write(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, bytes);
}
