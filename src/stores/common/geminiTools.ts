import type { FileEdit } from '../../core/model.ts';
import { recordOf, textOf } from './fields.ts';
import type { JsonRecord } from './jsonl.ts';
import { pretty } from './tools.ts';

// The tools of Gemini CLI 0.61.0, and of Qwen Code 0.24.4, which grew out of it.

/** What a tool gave, by the function response that the model received. */
export function responseText(response: JsonRecord): string {
  const body = recordOf(response.response);
  return textOf(body?.output) ?? textOf(body?.error) ?? (body ? pretty(body) : '');
}

/** What a call that edits changes. `display` is the `resultDisplay` of its result: it knows a written file's text before. */
export function editsOf(name: string, args: JsonRecord, display: unknown): readonly FileEdit[] {
  const path = textOf(args.file_path) ?? textOf(args.absolute_path) ?? textOf(args.path);
  if (path === undefined) {
    return [];
  }
  if (name === 'write_file') {
    const before = textOf(recordOf(display)?.originalContent);
    return [{ path, before: before ?? '', after: textOf(args.content) ?? '' }];
  }
  const before = textOf(args.old_string);
  const after = textOf(args.new_string);
  return before === undefined || after === undefined ? [] : [{ path, before, after }];
}
