import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Random } from './random.ts';

/** Puts something else where a file was, or the file where nobody expects it. `outside` is a file beyond the root. */
type Disturbance = (path: string, outside: string, random: Random) => void;

const names: readonly [string, ...string[]] = [
  '..jsonl',
  '-.jsonl',
  ' .jsonl',
  'a\nb.jsonl',
  '~.jsonl',
  '%2e%2e%2fx.jsonl',
  'x~y.jsonl',
  `${'n'.repeat(240)}.jsonl`,
  '\u202egpj.jsonl',
  '__proto__.jsonl',
  'CON.jsonl',
];

const inPlaceOf =
  (make: (path: string, outside: string) => void): Disturbance =>
  (path, outside) => {
    rmSync(path, { recursive: true });
    make(path, outside);
  };

const ofFiles: readonly [Disturbance, ...Disturbance[]] = [
  inPlaceOf((path) => mkdirSync(path)),
  inPlaceOf((path) => mkdirSync(join(path, basename(path)), { recursive: true })),
  inPlaceOf((path) => symlinkSync(path, path)),
  inPlaceOf((path, outside) => symlinkSync(outside, path)),
  inPlaceOf((path, outside) => symlinkSync(dirname(outside), path)),
  inPlaceOf((path) => symlinkSync(dirname(dirname(path)), path)),
  inPlaceOf((path) => symlinkSync(join(dirname(path), 'nothing'), path)),
  inPlaceOf((path) => void execFileSync('mkfifo', [path])),
  (path, _outside, random) => renameSync(path, join(dirname(path), random.pick(names))),
  (path) => copyFileSync(path, `${path.slice(0, path.length - extname(path).length)}-2${extname(path)}`),
  (path) => {
    const other = join(`${dirname(path)}-2`, basename(path));
    mkdirSync(dirname(other), { recursive: true });
    copyFileSync(path, other);
  },
];

const ofFolders: readonly [Disturbance, ...Disturbance[]] = [
  inPlaceOf((path) => writeFileSync(path, 'no folder')),
  inPlaceOf((path, outside) => symlinkSync(dirname(outside), path)),
  inPlaceOf((path) => symlinkSync(path, path)),
];

/** Disturbs one of the files of `paths` below `root`, or the folder of one. The root itself is the person's and stays. */
export function disturb(root: string, paths: readonly string[], outside: string, random: Random): void {
  const files = paths.map((path) => join(root, path)).filter((path) => existsSync(path));
  const file = files[random.below(files.length)];
  if (file === undefined) {
    return;
  }
  if (random.below(4) > 0) {
    random.pick(ofFiles)(file, outside, random);
  } else if (dirname(file) !== root) {
    random.pick(ofFolders)(dirname(file), outside, random);
  }
}
