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
}

/** THE list of ACP agents. To add one: a line here. */
export const launchTable: readonly LaunchRow[] = [
  row('claude-code', 'Claude Code', 'claude-agent-acp', [], '@agentclientprotocol/claude-agent-acp'),
  row('qwen-code', 'Qwen Code', 'qwen', ['--acp'], '@qwen-code/qwen-code'),
];

function row(id: string, name: string, command: string, args: readonly string[], npmName: string): LaunchRow {
  return {
    agent: agentId(id),
    name,
    command,
    args,
    install: `npm install -g ${npmName}`,
  };
}
