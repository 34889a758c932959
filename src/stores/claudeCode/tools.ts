import type { FileEdit, ToolAction } from '../../core/model.ts';
import { recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { inputText } from '../common/tools.ts';

/** What a tool's row shows. */
export interface ToolRow {
  readonly action: ToolAction;
  readonly target: string;
  readonly input: string;
  readonly edits?: readonly FileEdit[];
}

interface ToolRule {
  readonly action: ToolAction;
  /** The input fields that name its target, best first. */
  readonly target: readonly string[];
}

const rule = (action: ToolAction, ...target: string[]): ToolRule => ({ action, target });

/** The tools of Claude Code 2.1.329 and of versions before it. */
const rules: ReadonlyMap<string, ToolRule> = new Map(
  Object.entries({
    Read: rule('read', 'file_path'),
    NotebookRead: rule('read', 'notebook_path'),
    LS: rule('read', 'path'),
    Edit: rule('edit', 'file_path'),
    MultiEdit: rule('edit', 'file_path'),
    Write: rule('edit', 'file_path'),
    NotebookEdit: rule('edit', 'notebook_path'),
    Bash: rule('run', 'command'),
    PowerShell: rule('run', 'command'),
    Grep: rule('search', 'pattern'),
    Glob: rule('search', 'pattern'),
    ToolSearch: rule('search', 'query'),
    WebSearch: rule('search', 'query'),
    WebFetch: rule('fetch', 'url'),
    ReadMcpResourceTool: rule('fetch', 'uri'),
    Task: rule('other', 'description', 'prompt'),
    Agent: rule('other', 'description', 'prompt'),
    Skill: rule('other', 'skill', 'command'),
    SlashCommand: rule('other', 'command'),
  }),
);

const general = rule('other', 'description', 'title', 'name', 'query', 'path', 'url');

/** How a call reads; `result` is the result's `toolUseResult`, which knows a written file's text before. */
export function toolRow(name: string, input: JsonRecord, result: JsonRecord | undefined): ToolRow {
  const { action, target } = rules.get(name) ?? general;
  const edits = editsOf(name, input, result);
  return {
    action,
    target: target.flatMap((field) => textOf(input[field]) ?? [])[0] ?? '',
    input: inputText(action, input),
    ...(edits.length > 0 && { edits }),
  };
}

function editsOf(name: string, input: JsonRecord, result: JsonRecord | undefined): readonly FileEdit[] {
  const path = textOf(input.file_path);
  if (path === undefined) {
    return [];
  }
  if (name === 'Write') {
    return [{ path, before: textOf(result?.originalFile) ?? '', after: textOf(input.content) ?? '' }];
  }
  const changes = name === 'Edit' ? [input] : name === 'MultiEdit' ? recordsOf(input.edits) : [];
  return changes.map((change) => ({
    path,
    before: textOf(change.old_string) ?? '',
    after: textOf(change.new_string) ?? '',
  }));
}
