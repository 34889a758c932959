import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { buildExtension } from './build.ts';
import { root } from './paths.ts';

/** Builds the extension and packs it; `out` is the file to write. */
export async function makeVsix(out = join(root, `session-forks-${version()}.vsix`)): Promise<string> {
  await buildExtension();
  await createVSIX({ cwd: root, packagePath: out, dependencies: false, allowMissingRepository: true });
  return out;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    throw new Error('package.json has no version.');
  }
  return String(manifest.version);
}
