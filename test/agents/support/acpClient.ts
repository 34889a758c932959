import { Readable, Writable } from 'node:stream';
import { setImmediate as nextTick } from 'node:timers/promises';
import * as acp from '@agentclientprotocol/sdk/unstable';
import type { AgentHome } from './agentHome.ts';
import { end, launch } from './processes.ts';
import { type ProgramName, program } from './programs.ts';

export interface AcpOptions {
  readonly cwd?: string;
  /** Each request fails after this time. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Kind of the option that is chosen when the agent asks. */
  readonly permission?: acp.PermissionOptionKind;
}

/** A running agent that speaks ACP. What it tells is kept in `updates`, in order. */
export interface AcpAgent extends AsyncDisposable {
  readonly capabilities: acp.InitializeResponse;
  readonly updates: acp.SessionNotification[];
  readonly permissions: acp.RequestPermissionRequest[];
  stderr(): string;
  newSession(): Promise<acp.NewSessionResponse>;
  loadSession(sessionId: string): Promise<acp.LoadSessionResponse>;
  resumeSession(sessionId: string): Promise<acp.ResumeSessionResponse>;
  /** All of the project's, however many pages it takes. */
  listSessions(): Promise<readonly acp.SessionInfo[]>;
  forkSession(sessionId: string, meta?: Record<string, unknown>): Promise<acp.ForkSessionResponse>;
  /** Resolves when the turn is over and all that it told has arrived. */
  prompt(sessionId: string, text: string): Promise<AcpTurn>;
  /** Any method, an agent's own ones too. */
  request<Reply>(method: string, params: Record<string, unknown>): Promise<Reply>;
}

export interface AcpTurn {
  readonly stopReason: acp.StopReason;
  readonly text: string;
  readonly updates: readonly acp.SessionNotification[];
}

/** How each agent is started as an ACP server. */
const acpCommands = {
  'claude-agent-acp': [],
  'qwen-code': ['--acp'],
  'codex-acp': [],
  opencode: ['acp'],
  'gemini-cli': ['--acp'],
  goose: ['acp'],
  'pi-acp': [],
} satisfies Partial<Record<ProgramName, readonly string[]>>;

export type AcpProgram = keyof typeof acpCommands;

const chunkText = ({ update }: acp.SessionNotification): string =>
  update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text' ? update.content.text : '';

/** pi-acp carries no pi of its own and looks for one on the path. */
const adapterEnv = async (name: AcpProgram): Promise<Record<string, string>> =>
  name === 'pi-acp' ? { PI_ACP_PI_COMMAND: (await program('pi')).file } : {};

async function started(name: AcpProgram, home: AgentHome, options: AcpOptions) {
  const child = launch({
    program: await program(name),
    args: acpCommands[name],
    cwd: options.cwd ?? home.project,
    env: { ...home.env, ...(await adapterEnv(name)), ...options.env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return { child, stderr: () => stderr };
}

function answerPermission(request: acp.RequestPermissionRequest, kind: acp.PermissionOptionKind) {
  const option = request.options.find((candidate) => candidate.kind === kind) ?? request.options[0];
  if (!option) return { outcome: { outcome: 'cancelled' as const } };
  return { outcome: { outcome: 'selected' as const, optionId: option.optionId } };
}

/** Starts the agent and greets it. `await using` ends its whole process group. */
export async function acpAgent(
  name: AcpProgram,
  home: AgentHome,
  options: AcpOptions = {},
): Promise<AcpAgent> {
  const { child, stderr } = await started(name, home, options);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const cwd = options.cwd ?? home.project;
  const updates: acp.SessionNotification[] = [];
  const permissions: acp.RequestPermissionRequest[] = [];
  const stream = acp.ndJsonStream(
    Writable.toWeb(child.stdin),
    Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
  );
  const connection = acp
    .client({ name: 'session-forks-test' })
    .onRequest(acp.methods.client.session.requestPermission, ({ params }) => {
      permissions.push(params);
      return answerPermission(params, options.permission ?? 'allow_once');
    })
    .onNotification(acp.methods.client.session.update, ({ params }) => {
      updates.push(params);
    })
    .connect(stream);

  const request = async <Reply>(method: string, params: unknown): Promise<Reply> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`${name} ${method} took over ${timeoutMs} ms.\n${stderr()}`));
      timer = setTimeout(fail, timeoutMs);
    });
    try {
      const reply = await Promise.race([connection.agent.request<Reply>(method, params), late]);
      // A reply may overtake the handlers of updates that came before it.
      await nextTick();
      return reply;
    } finally {
      clearTimeout(timer);
    }
  };

  const onSession = <Reply>(method: string, sessionId: string, more: Record<string, unknown> = {}) =>
    request<Reply>(method, { sessionId, cwd, mcpServers: [], ...more });

  const dispose = async () => {
    connection.close();
    await end(child);
  };

  const prompt = async (sessionId: string, text: string): Promise<AcpTurn> => {
    const from = updates.length;
    const params = { sessionId, prompt: [{ type: 'text', text }] };
    const { stopReason } = await request<acp.PromptResponse>(acp.methods.agent.session.prompt, params);
    const told = updates.slice(from).filter((update) => update.sessionId === sessionId);
    return { stopReason, text: told.map(chunkText).join(''), updates: told };
  };

  try {
    const capabilities = await request<acp.InitializeResponse>(acp.methods.agent.initialize, {
      protocolVersion: acp.PROTOCOL_VERSION,
      clientCapabilities: {},
      clientInfo: { name: 'session-forks-test', version: '0' },
    });
    return {
      capabilities,
      updates,
      permissions,
      stderr,
      request,
      prompt,
      newSession: () => request(acp.methods.agent.session.new, { cwd, mcpServers: [] }),
      loadSession: (sessionId) => onSession(acp.methods.agent.session.load, sessionId),
      resumeSession: (sessionId) => onSession(acp.methods.agent.session.resume, sessionId),
      listSessions: async () => {
        const sessions: acp.SessionInfo[] = [];
        let cursor: string | null | undefined;
        do {
          const params = { cwd, ...(cursor && { cursor }) };
          const page = await request<acp.ListSessionsResponse>(acp.methods.agent.session.list, params);
          sessions.push(...page.sessions);
          cursor = page.nextCursor;
        } while (cursor);
        return sessions;
      },
      forkSession: (sessionId, meta) =>
        onSession(acp.methods.agent.session.fork, sessionId, meta ? { _meta: meta } : {}),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
