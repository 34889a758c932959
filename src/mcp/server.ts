import { Server } from '@modelcontextprotocol/server';
import { errorText, SessionForksError } from '../core/errors.ts';
import type { ToolContext } from './toolContext.ts';
import { callTool, sessionTools, toolsVersion } from './tools.ts';

/** An MCP server that offers the tools. What a tool throws is answered as an error result with its code. */
export function createServer(context: ToolContext): Server {
  const server = new Server(
    { name: 'session-forks', title: 'Session Forks', version: toolsVersion },
    { capabilities: { tools: {} } },
  );
  server.setRequestHandler('tools/list', () => ({
    tools: sessionTools.map(({ name, title, description, inputSchema, readOnly }) => ({
      name,
      title,
      description,
      inputSchema: { ...inputSchema, type: 'object' },
      annotations: { title, readOnlyHint: readOnly, destructiveHint: false, openWorldHint: false },
    })),
  }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    try {
      return resultOf(await callTool(context, params.name, params.arguments ?? {}, mcpReq.signal));
    } catch (error) {
      const code = error instanceof SessionForksError ? error.code : 'fork_failed';
      return { ...resultOf({ error: { code, message: errorText(error) } }), isError: true };
    }
  });
  return server;
}

const resultOf = (answer: Readonly<Record<string, unknown>>) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(answer, null, 2) }],
  structuredContent: { ...answer },
});
