import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type axe from 'axe-core';
import type { Frame, Page } from 'playwright-core';
import { root } from '../../setup/paths.ts';

const source = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** What axe-core finds wrong with the chat panel that is shown, a line a fault: the rule, the element, and why. */
export async function faultsOfPanel(page: Page): Promise<readonly string[]> {
  const frame = await panelFrame(page);
  // As text, since a webview's policy lets no script in from outside.
  await frame.evaluate(source);
  const violations = await frame.evaluate(run);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

async function panelFrame(page: Page): Promise<Frame> {
  for (const frame of page.frames()) {
    const panel = await frame.$('#panel .panel');
    if (await panel?.isVisible()) return frame;
  }
  throw new Error('No chat panel is shown.');
}

/** Runs in the page. A panel is one of many in a window, whose headings VS Code makes. */
async function run(): Promise<axe.Result[]> {
  const own: typeof axe = Reflect.get(globalThis, 'axe');
  const rules = { 'page-has-heading-one': { enabled: false } };
  return (await own.run(document, { rules, resultTypes: ['violations'] })).violations;
}
