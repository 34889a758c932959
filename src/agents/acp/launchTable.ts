import { dirname, join } from 'node:path';
import { type AgentId, agentId } from '../../core/model.ts';

/** How to start one ACP agent over stdio. */
export interface LaunchRow {
  readonly agent: AgentId;
  /** The name that a person reads. */
  readonly name: string;
  /** A program on PATH or a file's path; one that ends in `.js` or `.mjs` runs with this Node. */
  readonly command: string;
  readonly args: readonly string[];
  /** A shell line that installs the program. */
  readonly install: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Tells the program that its data lie in another folder than usual: the setting's folder -> variables. */
  readonly envFor?: (folder: string) => Readonly<Record<string, string>>;
}

/** THE list of ACP agents. To add one: a line here. */
export const launchTable: readonly LaunchRow[] = [
  row(
    'claude-code',
    'Claude Code',
    'claude-agent-acp',
    [],
    '@agentclientprotocol/claude-agent-acp',
    (folder) => ({
      CLAUDE_CONFIG_DIR: folder,
    }),
  ),
  row('qwen-code', 'Qwen Code', 'qwen', ['--acp'], '@qwen-code/qwen-code', (folder) => ({
    QWEN_RUNTIME_DIR: folder,
  })),
  row('codex', 'Codex', 'codex-acp', [], '@agentclientprotocol/codex-acp', (folder) => ({
    CODEX_HOME: folder,
  })),
  row('opencode', 'OpenCode', 'opencode', ['acp'], 'opencode-ai', (folder) => ({
    OPENCODE_DB: join(folder, 'opencode.db'),
  })),
  row('goose', 'goose', 'goose', ['acp'], '@aaif/goose'),
  row('gemini-cli', 'Gemini CLI', 'gemini', ['--acp'], '@google/gemini-cli', (folder) => ({
    GEMINI_CLI_HOME: dirname(folder),
  })),
  row('pi', 'pi', 'pi-acp', [], 'pi-acp', (folder) => ({ PI_CODING_AGENT_DIR: folder })),
];

function row(
  id: string,
  name: string,
  command: string,
  args: readonly string[],
  npmName: string,
  envFor?: LaunchRow['envFor'],
): LaunchRow {
  const install = `npm install -g ${npmName}`;
  return { agent: agentId(id), name, command, args, install, ...(envFor && { envFor }) };
}
