/** The examples of docs/programs.md that need another program, run as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { buildExtension } from '../setup/build.ts';
import { root } from '../setup/paths.ts';
import { makeAgentHome } from './support/agentHome.ts';
import { objectOf, parseObject } from './support/json.ts';
import { runToEnd } from './support/processes.ts';
import { program } from './support/programs.ts';
import { runProgram } from './support/run.ts';
import { startStubModel } from './support/stubModel.ts';

const page = readFileSync(join(root, 'docs/programs.md'), 'utf8');
const [claudeExample = '', inspectorExample = ''] = [...page.matchAll(/^```sh\n(.*)\n```$/gmu)].map(
  ([, line]) => line,
);

/** The words of a line behind `start`, with the file as it is built here. */
function wordsOf(line: string, start: string): readonly string[] {
  assert.ok(line.startsWith(`${start} `), line);
  const installed = line.slice(start.length + 1).replace('/path/to/extension/', `${root}/`);
  return installed.split(' ');
}

describe('the page for programs', { timeout: 300_000 }, () => {
  before(buildExtension);

  it('has a line that gives the MCP server to claude, which connects to it', async () => {
    await using stub = await startStubModel();
    await using home = await makeAgentHome('claude-code', stub);
    await runProgram('claude-code', home, wordsOf(claudeExample, 'claude'));
    const { stdout } = await runProgram('claude-code', home, ['mcp', 'list']);
    assert.match(stdout, /session-forks: node .*dist\/mcp\.js - .*Connected/u);
  });

  it('has a line by which the MCP inspector lists sessions', async () => {
    await using stub = await startStubModel();
    await using home = await makeAgentHome('claude-code', stub);
    const args = wordsOf(inspectorExample, 'npx @modelcontextprotocol/inspector');
    const inspector = await program('mcp-inspector');
    const run = { program: inspector, args, cwd: home.project, env: home.env };
    const { stdout } = await runToEnd(run, 60_000);
    assert.deepEqual(objectOf(parseObject(stdout).structuredContent).sessions, []);
  });
});
