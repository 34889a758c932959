import { SessionForksError } from '../../core/errors.ts';
import { textOf } from '../common/fields.ts';
import { type Folders, findTranscripts } from './folders.ts';
import { belongsTo } from './problems.ts';
import { type RawTranscript, readTranscript } from './records.ts';
import type { SessionFile } from './summary.ts';

/**
 * The folder that the project's transcripts belong to, for the first record of a child: the source's own, else that of
 * another session of the project. Throws `fork_failed` when none says so: without it, or with another folder, Qwen Code
 * 0.24.4 would not find the child, or crash on it.
 */
export async function projectFolder(folders: Folders, { file, raw }: SessionFile): Promise<string> {
  const own = folderIn(raw, file.project);
  if (own !== undefined) {
    return own;
  }
  const { files } = await findTranscripts(folders);
  for (const other of files.filter(({ project, path }) => project === file.project && path !== file.path)) {
    const found = await readTranscript(other.path).then(
      (transcript) => folderIn(transcript, file.project),
      () => undefined,
    );
    if (found !== undefined) {
      return found;
    }
  }
  throw new SessionForksError(
    'fork_failed',
    `No record says which folder ${file.project} stands for, and Qwen Code would not find the fork without. Nothing was written.`,
  );
}

function folderIn({ records }: RawTranscript, project: string): string | undefined {
  for (const { json } of records) {
    const cwd = textOf(json.cwd);
    if (cwd !== undefined && belongsTo(cwd, project)) {
      return cwd;
    }
  }
  return undefined;
}
