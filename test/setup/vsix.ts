import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildExtension } from './build.ts';
import { root } from './paths.ts';
import { packedFiles, roomTable } from './vsixRoom.ts';

const LIMIT_BYTES = 1_000_000;
const VSCE = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');

export interface Packed {
  readonly path: string;
  /** What vsce said: the files and their sizes, and any warning. */
  readonly output: string;
  /** The bytes of the file, and a table of what takes them. */
  readonly bytes: number;
  readonly room: string;
}

/** Builds the extension and packs it; `path` is the file to write. Throws when it is larger than 1 MB. */
export async function makeVsix(path = join(root, `session-forks-${version()}.vsix`)): Promise<Packed> {
  await buildExtension();
  const args = [
    VSCE,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    path,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const output = `${stdout}${stderr}`;
  if (status !== 0) throw new Error(`The extension could not be packed.\n${output}`);
  const { size: bytes } = statSync(path);
  const room = roomTable(packedFiles(path));
  if (bytes > LIMIT_BYTES)
    throw new Error(`${path} has ${bytes} bytes, ${LIMIT_BYTES} are allowed.\n${room}`);
  return { path, output, bytes, room };
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    throw new Error('package.json has no version.');
  }
  return String(manifest.version);
}
