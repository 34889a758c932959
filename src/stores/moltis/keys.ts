import { basename, join, relative, sep } from 'node:path';
import type { OutputFolder } from '../common/dependents.ts';
import type { Place } from './place.ts';

/** Hex characters in one folder name. */
const componentLength = 120;
const historyName = 'history.jsonl';

/** A key as folders: `k` and the hex of its UTF-8 bytes, cut to names that every file system takes (20260820.01). */
export function encodedKey(key: string): string {
  const hex = Buffer.from(key, 'utf8').toString('hex');
  const components = hex.match(new RegExp(`.{1,${componentLength}}`, 'g')) ?? [''];
  return join(...components.map((component, index) => (index === 0 ? `k${component}` : component)));
}

/** The history's file since 2026-07-29. */
export const historyPath = ({ histories }: Place, key: string): string =>
  join(histories, 'v1', encodedKey(key), historyName);

/** Its file before. Names of different keys may be the same; undefined for a key that is no file name. */
export function legacyPath({ histories }: Place, key: string): string | undefined {
  const name = `${key.replaceAll(':', '_')}.jsonl`;
  return basename(name) === name ? join(histories, name) : undefined;
}

/** Says that the history before is not to be read any more. */
export const suppressedPath = ({ histories }: Place, key: string): string =>
  join(histories, 'v1', '.migrated', encodedKey(key), 'state', 'suppressed');

/** The key whose history stands in this file of the newer layout. */
export function keyOfHistory({ histories }: Place, file: string): string | undefined {
  const names = relative(join(histories, 'v1'), file).split(sep);
  const hex = names.slice(0, -1).join('').slice(1);
  const key = Buffer.from(hex, 'hex').toString('utf8');
  const isHistory = names.at(-1) === historyName && names[0]?.startsWith('k') === true;
  return isHistory && encodedKey(key) === join(...names.slice(0, -1)) ? key : undefined;
}

/** Where the images, documents and voice of a session lie, in the newer layout and the older one. */
export function mediaFolders({ histories }: Place, key: string): readonly OutputFolder[] {
  const current = ['media', 'v1', ...encodedKey(key).split(sep)];
  const folders = [current, ['media', key.replaceAll(':', '_')]];
  return folders.map((parts) => ({ path: join(histories, ...parts), parts }));
}

/** Sessions that a person holds: `main`, `session:<uuid>`, `acp:<uuid>`, `agent:<id>:main`. Others belong to a schedule or a channel. */
export const isPersonal = (key: string): boolean => /^(main|(session|acp):[^:]+|agent:[^:]+:main)$/.test(key);
