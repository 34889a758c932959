/** What a panel says and offers when as many agents run as may: with the sample agent, of which one may run. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureFolder } from '../setup/paths.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({
    samples: true,
    prepare: ({ workspace }) => {
      const settings = JSON.stringify({ 'sessionForks.maxLiveAgents': 1 });
      writeFileSync(join(ensureFolder(workspace, '.vscode'), 'settings.json'), settings);
    },
  });
  await workbench.tree.open();
});
after(() => workbench?.dispose());

const panel = () => workbench.webview();

async function askIn(session: string, text: string): Promise<void> {
  await workbench.tree.click(session);
  await panel().locator('.this-title').getByText(session).waitFor();
  const composer = panel().getByRole('textbox', { name: 'Prompt' });
  await composer.fill(text);
  await composer.press('Enter');
}

test('one agent too many is not started; the prompt waits, and goes on once idle agents are ended', async () => {
  await askIn('Flaky upload test', 'A question for the first');
  await panel().locator('article[data-number="16"]').locator('button.verb').waitFor({ state: 'attached' });
  await askIn('Bump Node to 24', 'A question for the second');
  const said = panel().locator('.notice-title').getByText('was not started: too many agents run');
  await said.waitFor();
  await panel().getByText('A question for the second').waitFor();
  await workbench.screenshot('too-many-agents');
  await panel().getByRole('button', { name: 'Retry' }).click();
  await said.waitFor();
  await panel().getByRole('button', { name: 'End Idle Agents' }).click();
  await said.waitFor({ state: 'detached' });
  await panel().locator('.status').getByText('Working').waitFor({ state: 'detached' });
  await panel().getByRole('article').last().locator('button.verb').waitFor({ state: 'attached' });
  assert.deepEqual(workbench.errors, []);
});
