/**
 * The real agents, carried on by our live agent as the chat panel does it, with our built MCP server: told by the model to
 * call branch_session, they fork their own session. And the MCP server itself on a session that a real agent wrote.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createAcpAgents, launchTable } from '../../src/agents/acp/index.ts';
import { Catalog, type ForkEvent } from '../../src/core/catalog.ts';
import { type SessionId, sessionId, sessionKey } from '../../src/core/model.ts';
import { serverLaunch } from '../../src/mcp/launch.ts';
import { buildExtension } from '../setup/build.ts';
import { root } from '../setup/paths.ts';
import { branchingModel } from './support/branchingModel.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { type ForkSubject, forkSubjects } from './support/forkSubjects.ts';
import { listen } from './support/listener.ts';
import { program } from './support/programs.ts';
import { runClaude } from './support/run.ts';

/** The server as it is packed with the extension. */
const serverFile = join(root, 'dist', 'mcp.js');
const order = 'Fork this session';

before(buildExtension);

function launchFor(lab: ForkLab, session?: SessionId) {
  return serverLaunch({
    program: serverFile,
    variables: lab.home.env,
    lineage: `${lab.home.home}/lineage.jsonl`,
    folders: {},
    commands: {},
    linkBase: 'vscode://session-forks.session-forks',
    ...(session && { self: { agent: lab.store.agent.id, session, folder: lab.home.project } }),
  });
}

/** Opens a session as the chat panel does, and allows what the agent asks for. */
async function talk(subject: ForkSubject, lab: ForkLab, id: SessionId) {
  const { file } = await program(subject.acp);
  const [agent] = createAcpAgents({
    rows: launchTable.filter((row) => row.agent === lab.store.agent.id),
    commands: () => file,
    log: { line: () => undefined, dispose: () => undefined },
    clientVersion: '0',
    env: lab.home.env,
    mcpServers: () => {
      const { env, ...launch } = launchFor(lab, id);
      return [{ ...launch, env: Object.entries(env).map(([name, value]) => ({ name, value })) }];
    },
  });
  assert.ok(agent);
  const { observer, ...heard } = listen();
  const session = { agent: lab.store.agent.id, id, cwd: lab.home.project };
  return { conversation: await agent.open(session, observer), ...heard };
}

describe('an agent forks its own session by branch_session', { concurrency: 1, timeout: 180_000 }, () => {
  for (const subject of forkSubjects) {
    it(subject.agent, async () => {
      await using lab = await makeForkLab(subject.agent, subject.factory);
      const source = await subject.source(lab.home, ['First question', 'Second question']);
      const id = sessionId(source.id);
      const catalog = new Catalog([lab.store]);
      await catalog.refresh();
      const told: ForkEvent[] = [];
      catalog.onDidFork((event) => told.push(event));
      lab.stub.respond = branchingModel(order, 'Another way');
      const { conversation, calls, asked } = await talk(subject, lab, id);
      try {
        await conversation.prompt({ text: order, attachments: [] });
      } finally {
        await conversation.close();
      }
      await catalog.refresh();
      assert.deepEqual(
        told.map(({ source, title, messages, origin }) => ({ source: source.id, title, messages, origin })),
        [{ source: id, title: 'Another way', messages: 4, origin: 'outside' }],
        JSON.stringify({ calls: calls(), asked }, null, 1),
      );
      const child = told[0]?.child ?? assert.fail();
      const node = catalog.forest().nodes.get(sessionKey(child));
      assert.equal(node?.parent?.info.ref.id, id);
      assert.equal(asked.length, 1);
      const { sessionId: said } = await subject.say(lab.home, 'The fork goes on', child.id);
      assert.equal(said, child.id);
    });
  }
});

describe('the MCP server on a session of a real agent', { timeout: 60_000 }, () => {
  it('lists, reads and forks it for a client of the SDK', async () => {
    const [subject] = forkSubjects;
    assert.ok(subject);
    await using lab = await makeForkLab(subject.agent, subject.factory);
    const source = await subject.source(lab.home, ['First question', 'USE_TOOL for the second question']);
    const { command, args, env } = launchFor(lab);
    const client = new Client({ name: 'test', version: '0' });
    await client.connect(new StdioClientTransport({ command, args: [...args], env: { ...env } }));
    try {
      const arguments_ = { agent: subject.agent, session: source.id, at_message: 2 };
      const { structuredContent } = await client.callTool({ name: 'branch_session', arguments: arguments_ });
      const child = sessionId(String(Reflect.get(structuredContent ?? {}, 'session')));
      assert.deepEqual((await lab.listed(child)).lineage, {
        parent: lab.ref(source.id),
        kind: 'fork',
        messages: 2,
        how: 'recorded',
      });
      assert.equal((await subject.say(lab.home, 'The fork goes on', child)).sessionId, child);
    } finally {
      await client.close();
    }
  });
});

describe('a fork by the agent itself', { timeout: 60_000 }, () => {
  it('is told once, when claude makes it with --fork-session', async () => {
    const [subject] = forkSubjects;
    assert.ok(subject);
    await using lab = await makeForkLab(subject.agent, subject.factory);
    const source = await subject.source(lab.home, ['First question', 'Second question']);
    const catalog = new Catalog([lab.store]);
    await catalog.refresh();
    const told: ForkEvent[] = [];
    catalog.onDidFork((event) => told.push(event));
    const fork = await runClaude(lab.home, ['Another question', '--resume', source.id, '--fork-session']);
    await catalog.refresh();
    await catalog.refresh();
    assert.deepEqual(
      told.map(({ source: { id }, child, messages, origin }) => ({ id, child: child.id, messages, origin })),
      [{ id: source.id, child: fork.sessionId, messages: 4, origin: 'outside' }],
    );
  });
});
