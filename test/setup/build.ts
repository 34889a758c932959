import { mustRun } from './processes.ts';

export function buildExtension(): Promise<void> {
  return mustRun(process.execPath, ['esbuild.mjs']);
}
