import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { type AcpProgram, acpAgent } from '../../agents/support/acpClient.ts';
import { type AgentHome, type AgentName, furnish } from '../../agents/support/agentHome.ts';
import type { JsonObject } from '../../agents/support/json.ts';
import { type ProgramName, program } from '../../agents/support/programs.ts';
import { lastAsked } from '../../agents/support/script.ts';
import {
  conversationOf,
  defaultReply,
  kindOf,
  type ModelRequest,
  type StubModel,
  type StubReply,
  toolNamesOf,
} from '../../agents/support/stubModel.ts';
import { until } from '../../agents/support/until.ts';
import { changeFolderSettings } from './folderSettings.ts';
import type { Folders, Workbench } from './workbench.ts';

/** An agent whose real program carries its sessions on in the panel. */
export interface RealAgent {
  readonly agent: AgentName;
  /** As the tree names it. */
  readonly name: string;
  /** What the panel starts. */
  readonly acp: AcpProgram & ProgramName;
  /** The mode in which it asks before it writes a file, by its own name. */
  readonly mode: string;
  /** Its own words for allowing that once. */
  readonly allow: string;
  /** Variables for VS Code, beside those of its home. */
  readonly env?: Readonly<Record<string, string>>;
}

export const realAgents: readonly RealAgent[] = [
  { agent: 'claude-code', name: 'Claude Code', acp: 'claude-agent-acp', mode: 'Manual', allow: 'Yes' },
  { agent: 'qwen-code', name: 'Qwen Code', acp: 'qwen-code', mode: 'Default', allow: 'Allow' },
  { agent: 'codex', name: 'Codex', acp: 'codex-acp', mode: 'Read-only', allow: 'Yes, proceed' },
  {
    agent: 'opencode',
    name: 'OpenCode',
    acp: 'opencode',
    mode: 'build',
    allow: 'Allow once',
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify({ permission: { edit: 'ask' } }) },
  },
];

/** Installs the programs that are not there yet, so that no test waits for it. */
export async function installRealAgents(): Promise<void> {
  await Promise.all(realAgents.map(({ acp }) => program(acp)));
}

/** The prompt of the one turn that each session has before VS Code starts. */
export const firstPrompt = 'First question';

/** Agents in one home, each with a session of one turn that its real program wrote. Gives VS Code's variables. */
export async function makeSessions(
  { home, workspace }: Folders,
  stub: StubModel,
  agents = realAgents,
): Promise<Readonly<Record<string, string>>> {
  const place = { home, project: workspace, url: stub.url };
  const made = agents.map(async ({ agent, acp, env }) => {
    const furnished = await furnish(agent, place);
    await writeSession(acp, { ...furnished, [Symbol.asyncDispose]: async () => undefined });
    return { ...furnished.own, ...env };
  });
  await writeCommands(workspace);
  return Object.assign({}, ...(await Promise.all(made)));
}

async function writeSession(acp: AcpProgram, home: AgentHome): Promise<void> {
  await using agent = await acpAgent(acp, home);
  const { sessionId } = await agent.newSession();
  await agent.prompt(sessionId, firstPrompt);
}

/** Tells the extension where the programs are: VS Code's server takes PATH from a login shell. */
async function writeCommands(workspace: string): Promise<void> {
  const found = realAgents.map(async ({ agent, acp }) => [agent, (await program(acp)).file] as const);
  changeFolderSettings(
    { workspace },
    { 'sessionForks.commands': Object.fromEntries(await Promise.all(found)) },
  );
}

/** A model that on USE_EDIT writes `file`, and on WAIT answers only once `released`. */
export const editingModel =
  (file: string, released: Promise<void>) =>
  async (request: ModelRequest): Promise<StubReply> => {
    const { prompt, results } = lastAsked(conversationOf(request));
    if (kindOf(request) === 'main' && results === 0 && prompt.includes('USE_EDIT')) {
      return { toolCalls: [writing(file, toolNamesOf(request))] };
    }
    if (kindOf(request) === 'main' && prompt.includes('WAIT')) {
      await released;
    }
    return defaultReply(request);
  };

/** What stands in the file that `editingModel` writes. */
export const written = 'fresh words';

const patch = (file: string): string =>
  `apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: ${file}\n+${written}\n*** End Patch\nEOF`;

function writing(file: string, offered: readonly string[]): { name: string; input: JsonObject } {
  const content = `${written}\n`;
  const tools: Readonly<Record<string, JsonObject>> = {
    Write: { file_path: file, content },
    write_file: { file_path: file, content },
    write: { filePath: file, content },
    exec_command: { cmd: patch(file) },
    shell_command: { command: patch(file) },
  };
  const name = Object.keys(tools).find((tool) => offered.includes(tool));
  const input = name === undefined ? undefined : tools[name];
  if (name === undefined || !input) throw new Error(`No tool to write with among: ${offered.join(', ')}`);
  return { name, input };
}

/** The file that this agent writes. */
export const fileOf = (workspace: string, { agent }: RealAgent): string => join(workspace, `${agent}.md`);

/**
 * Takes a permission card's option by its number, with the focus on the card. Keys in its first moments count as meant for
 * something else: the key is pressed until the card is gone.
 */
export async function allowByNumber(workbench: Workbench, option: Locator): Promise<void> {
  const card = workbench.webview().locator('.permission');
  const number = await option.locator('kbd').innerText();
  await card.getByRole('radio').first().focus();
  await until(async () => {
    await workbench.page.keyboard.press(number);
    return !(await card.isVisible());
  });
}
