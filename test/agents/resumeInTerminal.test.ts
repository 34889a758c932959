import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sessionId } from '../../src/core/model.ts';
import { codex } from '../../src/stores/codex/index.ts';
import { goose } from '../../src/stores/goose/index.ts';
import { opencode } from '../../src/stores/opencode/index.ts';
import { type AcpProgram, acpAgent } from './support/acpClient.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { program } from './support/programs.ts';
import { spokenOf } from './support/stubModel.ts';
import { openTerminal, type Terminal, untilDrawn } from './support/terminal.ts';

const patienceMs = 90_000;
const first = 'First question';
const next = 'Asked in the terminal';

/**
 * The command that Resume in Terminal runs and Copy Resume Command copies, for the agents whose command is their
 * full-screen program. That of the others takes a prompt on the command line, and their own tests run it so.
 */
const subjects = [
  { agent: 'codex', factory: codex, acp: 'codex-acp', own: 'codex', ready: first },
  { agent: 'opencode', factory: opencode, acp: 'opencode', own: 'opencode', ready: first },
  // It does not draw what was said before.
  { agent: 'goose', factory: goose, acp: 'goose', own: 'goose', ready: 'goose is ready' },
] as const;

async function makeSession(lab: ForkLab, acp: AcpProgram): Promise<string> {
  await using agent = await acpAgent(acp, lab.home);
  const { sessionId: id } = await agent.newSession();
  await agent.prompt(id, first);
  return id;
}

const drawnWords = (words: string): string => words.replaceAll(' ', '');

/** Types once the program draws `ready`; one that is still starting may miss Enter. */
async function ask(terminal: Terminal, lab: ForkLab, ready: string): Promise<void> {
  const shows = (words: string) => () => terminal.drawn().includes(drawnWords(words));
  await untilDrawn(terminal, shows(ready), patienceMs);
  terminal.type(next);
  await untilDrawn(terminal, shows(next), patienceMs);
  let enters = 0;
  const asked = (): boolean => {
    const done = lab.requestsFor(next).length > 0;
    if (!done && enters++ % 10 === 0) terminal.type('\r');
    return done;
  };
  await untilDrawn(terminal, asked, patienceMs);
}

describe('the command that is shown resumes the session in a terminal', () => {
  for (const { agent, factory, acp, own, ready } of subjects) {
    it(`${own}: the model gets the stored turn and the prompt`, { timeout: 4 * patienceMs }, async () => {
      await using lab = await makeForkLab(agent, factory);
      const id = await makeSession(lab, acp);
      const command = lab.store.resumeCommand?.(await lab.listed(sessionId(id)));
      assert.equal(command?.command, own);
      assert.equal(command.cwd, lab.home.project);
      const run = { program: await program(own), args: command.args, cwd: command.cwd, env: lab.home.env };
      await using terminal = openTerminal(run);
      await ask(terminal, lab, ready);
      const [request] = lab.requestsFor(next);
      assert.ok(request);
      assert.deepEqual(
        spokenOf(request).map(({ text }) => text),
        [first, `Reply to: ${first}`, next],
      );
    });
  }
});
