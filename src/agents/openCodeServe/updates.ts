import { type Asked, type PartOf, todoEventSchema } from './schema.ts';

/** Kinds of ACP for the tools of opencode-ai 1.18.33. */
const kinds: Readonly<Record<string, string>> = {
  read: 'read',
  list: 'read',
  edit: 'edit',
  multiedit: 'edit',
  write: 'edit',
  apply_patch: 'edit',
  patch: 'edit',
  bash: 'execute',
  grep: 'search',
  glob: 'search',
  codesearch: 'search',
  websearch: 'search',
  webfetch: 'fetch',
};

const statuses = {
  pending: 'pending',
  running: 'in_progress',
  completed: 'completed',
  error: 'failed',
} as const;

/** A tool call as ACP tells it, so that what is known of ACP's calls serves here, too. */
export function toolCall({ callID, tool, state }: PartOf<'tool'>) {
  const input = state.input ?? {};
  return {
    toolCallId: callID,
    name: tool,
    title: state.title || tool,
    kind: kinds[tool] ?? 'other',
    status: statuses[state.status],
    rawInput: input,
    rawOutput: { output: state.output ?? state.error },
    content: editOf(input),
  };
}

function editOf({ filePath: path, oldString, newString, content }: Readonly<Record<string, unknown>>) {
  const [oldText, newText] = typeof content === 'string' ? ['', content] : [oldString, newString];
  return typeof path === 'string' && typeof oldText === 'string' && typeof newText === 'string'
    ? [{ type: 'diff' as const, path, oldText, newText }]
    : [];
}

/** The call that a permission is asked for, where the server names none that was told. */
export const callOf = ({ id, permission, patterns, tool }: Asked) => ({
  toolCallId: tool?.callID ?? id,
  ...(tool ? {} : { name: permission, title: patterns.join(', ') || permission }),
});

/** How the server wants a permission answered (1.18.33). */
export const permissionOptions = [
  { optionId: 'once', name: 'Allow once', kind: 'allow_once' },
  { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
] as const;

export const usageOf = ({ tokens: { input, output, cache } }: PartOf<'step-finish'>) => ({
  input,
  output,
  ...(cache && { cacheRead: cache.read }),
});

/** The agent's list of what to do, as a plan of ACP; undefined when it cannot be read. */
export function planOf(properties: unknown) {
  const todos = todoEventSchema.safeParse(properties).data?.todos;
  const entries = todos?.filter(({ status }) => status !== 'cancelled');
  return entries && { sessionUpdate: 'plan', entries };
}
