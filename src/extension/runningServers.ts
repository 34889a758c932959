import type { LiveAgent } from '../core/liveAgent.ts';
import type { StoreEnvironment } from '../stores/index.ts';

/** The same live agents, where those whose server may run go through it. Nothing is asked before one opens a session. */
export async function overRunningServers(
  agents: readonly LiveAgent[],
  { access }: StoreEnvironment,
): Promise<readonly LiveAgent[]> {
  const { createQwenServeAgent } = await import('../agents/qwenServe/index.ts');
  const { createOpenCodeServeAgent } = await import('../agents/openCodeServe/index.ts');
  const { qwenServer } = await import('../stores/qwenCode/serve.ts');
  const { openCodeServer } = await import('../stores/opencode/server.ts');
  const servers = [
    { id: 'qwen-code', create: createQwenServeAgent, connect: qwenServer },
    { id: 'opencode', create: createOpenCodeServeAgent, connect: openCodeServer },
  ];
  return agents.map((agent) => {
    const server = servers.find(({ id }) => id === agent.agent);
    const find = async () => {
      const { url, key } = (await access?.(agent.agent)) ?? {};
      return url === undefined ? undefined : server?.connect({ url, ...(key && { key }) });
    };
    return server ? server.create(agent, find) : agent;
  });
}
