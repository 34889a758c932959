import * as vscode from 'vscode';
import { codedText } from '../../core/errors.ts';
import { type SessionInfo, sessionKey } from '../../core/model.ts';
import type { LoadServices, Services } from '../services.ts';
import { cutAtWord, messagesText, plainMarkdown, t } from '../words.ts';

/** Runs one of the tools that the MCP server offers too; `name` is the server's. */
export type RunTool = (
  services: Services,
  name: string,
  input: unknown,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, unknown>>>;

interface Question {
  readonly title: string;
  readonly message: string;
  readonly progress: string;
}

/** The tools by their names in package.json: the server's name for each, and what the person is asked before. */
const tools = {
  sessionForks_list_sessions: {
    name: 'list_sessions',
    ask: (): Question => ({
      title: t('List agent sessions?'),
      message: t('Titles, folders and first prompts of your agents’ sessions go to the model.'),
      progress: t('Listing agent sessions'),
    }),
  },
  sessionForks_read_session: {
    name: 'read_session',
    ask: (services: Services, input: unknown): Question => ({
      title: t('Read an agent session?'),
      message: t('Messages of “{0}” go to the model.', nameOf(services, input)),
      progress: t('Reading an agent session'),
    }),
  },
  sessionForks_branch_session: {
    name: 'branch_session',
    ask: (services: Services, input: unknown): Question => ({
      title: t('Fork an agent session?'),
      message: forkText(
        nameOf(services, input),
        numberIn(input, 'at_message') ?? numberIn(input, 'fork_point'),
      ),
      progress: t('Forking an agent session'),
    }),
  },
} as const;

/** Registers the tools for VS Code's agent mode. Each asks the person before it does anything. */
export function registerTools(load: LoadServices, run: RunTool): vscode.Disposable {
  const registered = Object.entries(tools).map(([id, { name, ask }]) =>
    vscode.lm.registerTool<unknown>(id, {
      prepareInvocation: async ({ input }) => {
        const services = await load();
        await services.listed();
        const { title, message, progress } = ask(services, input);
        const confirmationMessages = { title, message: new vscode.MarkdownString(message) };
        return { invocationMessage: progress, confirmationMessages };
      },
      invoke: async ({ input }, token) => {
        const services = await load();
        await services.listed();
        return resultOf(() => run(services, name, input, signalOf(token)));
      },
    }),
  );
  return vscode.Disposable.from(...registered);
}

// What is thrown here reaches the model as its message alone: the code must stand in it.
async function resultOf(
  work: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<vscode.LanguageModelToolResult> {
  try {
    const text = JSON.stringify(await work(), null, 2);
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  } catch (error) {
    throw new Error(codedText(error), { cause: error });
  }
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}

const forkText = (name: string, keep: number | undefined): string =>
  keep === undefined
    ? t('A new session begins as a copy of “{0}”, which stays as it is.', name)
    : t('A new session keeps {0} of “{1}”, which stays as it is.', messagesText(keep), name);

/** The session's title, or the id that was given when there is no such session; text for Markdown. */
function nameOf({ catalog }: Services, input: unknown): string {
  const named = textIn(input, 'session') ?? '';
  const agent = textIn(input, 'agent');
  const info = catalog.sessions().find((candidate) => isNamed(candidate, agent, named));
  return plainMarkdown(cutAtWord(info?.title || named, 80));
}

const isNamed = ({ ref }: SessionInfo, agent: string | undefined, session: string): boolean =>
  (ref.id === session && (agent === undefined || ref.agent === agent)) || sessionKey(ref) === session;

const memberOf = (input: unknown, name: string): unknown =>
  typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;

function textIn(input: unknown, name: string): string | undefined {
  const value = memberOf(input, name);
  return typeof value === 'string' ? value : undefined;
}

function numberIn(input: unknown, name: string): number | undefined {
  const value = memberOf(input, name);
  return typeof value === 'number' ? value : undefined;
}
