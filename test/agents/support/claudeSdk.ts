import type { AgentHome } from './agentHome.ts';
import type { Json } from './json.ts';
import { runToEnd } from './processes.ts';
import { type Program, program } from './programs.ts';

const node: Program = {
  name: 'claude-agent-sdk',
  version: process.version,
  file: process.execPath,
  command: process.execPath,
  args: [],
};

/** Calls a function of the Claude Agent SDK in a process that sees the throwaway home only; gives what it gives. */
export async function callClaudeSdk(
  home: AgentHome,
  name: string,
  ...parameters: readonly Json[]
): Promise<Json> {
  const { file } = await program('claude-agent-sdk');
  const script = `
    const sdk = await import(${JSON.stringify(`file://${file}`)});
    const given = await sdk[${JSON.stringify(name)}](...${JSON.stringify(parameters)});
    process.stdout.write(JSON.stringify(given));`;
  const launch = {
    program: node,
    args: ['--input-type=module', '-e', script],
    cwd: home.project,
    env: home.env,
  };
  const { code, stdout, stderr } = await runToEnd(launch, 60_000);
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as Json;
}
