import type { JsonObject } from './json.ts';
import type { ConversationMessage } from './wire.ts';

/** What the stub says next. Tools named here must be among those that the request offers. */
export interface StubReply {
  readonly text?: string;
  readonly thinking?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly input: JsonObject }[];
  readonly delayMs?: number;
  readonly error?: { readonly status: number; readonly body: JsonObject };
}

const echo = (number: number): string => `echo stub tool ${number}`;

/** Read-only calls that the agents run without asking, best first; each needs nothing but the project folder. */
const harmless: readonly { readonly name: string; readonly input: (number: number) => JsonObject }[] = [
  { name: 'Bash', input: (number) => ({ command: echo(number), description: `Echo ${number}` }) },
  { name: 'bash', input: (number) => ({ command: echo(number), description: `Echo ${number}` }) },
  { name: 'exec_command', input: (number) => ({ cmd: echo(number) }) },
  { name: 'shell_command', input: (number) => ({ command: echo(number) }) },
  { name: 'shell', input: (number) => ({ command: echo(number) }) },
  { name: 'developer__shell', input: (number) => ({ command: echo(number) }) },
  { name: 'glob', input: (number) => ({ pattern: `**/*${number}.md` }) },
  {
    name: 'run_shell_command',
    input: (number) => ({ command: echo(number), description: `Echo ${number}`, is_background: false }),
  },
];

function toolCalls(offered: readonly string[], count: number) {
  const tool = harmless.find(({ name }) => offered.includes(name));
  if (!tool) throw new Error(`No harmless tool among: ${offered.join(', ')}`);
  return Array.from({ length: count }, (_, index) => ({ name: tool.name, input: tool.input(index + 1) }));
}

/** Agents put context of their own, wrapped in a tag, beside what the person typed. */
const isInjected = (paragraph: string): boolean => /^\s*<[a-z][\w-]*>/.test(paragraph);

/** What the person wrote, without what the agent put around it. */
export function typed(text: string): string {
  const unwrapped = text.replace(/<([a-z][\w-]*)>[\s\S]*?<\/\1>/g, '').trim();
  return unwrapped || (isInjected(text) ? '' : text.trim());
}

export interface Asked {
  readonly prompt: string;
  /** Results of tools that came since. */
  readonly results: number;
}

/** The last words of the person, and how far the model has got with them. */
export function lastAsked(conversation: readonly ConversationMessage[]): Asked {
  const at = conversation.findLastIndex(
    ({ role, text, toolResults }) => role === 'user' && toolResults.length === 0 && typed(text) !== '',
  );
  return {
    prompt: typed(conversation[at]?.text ?? ''),
    results: conversation.slice(at + 1).flatMap(({ toolResults }) => toolResults).length,
  };
}

/**
 * USE_TOOL in a prompt gets one tool call, USE_TWO_TOOLS two parallel ones, THINK thinking before the reply;
 * all else, and what comes after the results, is answered with the prompt's own words.
 */
export function builtInReply(
  conversation: readonly ConversationMessage[],
  offered: readonly string[],
): StubReply {
  const { prompt, results } = lastAsked(conversation);
  if (results > 0) return { text: `Reply to: ${prompt}, after ${results} tool result(s)` };
  const thinking = prompt.includes('THINK') ? { thinking: `Thinking about: ${prompt}` } : {};
  if (offered.length === 0) return { text: `Reply to: ${prompt}` };
  if (prompt.includes('USE_TWO_TOOLS')) return { ...thinking, toolCalls: toolCalls(offered, 2) };
  if (prompt.includes('USE_TOOL')) return { ...thinking, toolCalls: toolCalls(offered, 1) };
  return { ...thinking, text: `Reply to: ${prompt}` };
}
