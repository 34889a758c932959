import { join } from 'node:path';
import { openWorkbench } from '../../ui/support/workbench.ts';
import { claudeCode } from './formats.ts';
import { type Format, makeStore } from './sessions.ts';
import type { Row } from './table.ts';

export interface PanelPaintBench {
  /** How large the short and the long session are. */
  readonly bytes: readonly [number, number];
  readonly times: number;
}

/** The title of the one session that is written. */
const title = 'Task 0';

/**
 * Opens a short and a long session in the chat panel of the real VS Code by a click on their rows, each time in a fresh
 * one, by turns. Measures from the click until the last message is on the screen.
 */
export async function benchPanelPaint({ bytes, times }: PanelPaintBench): Promise<readonly Row[]> {
  const [few, many] = bytes;
  const [short, long]: readonly [number[], number[]] = [[], []];
  for (let run = 0; run < times; run++) {
    short.push(await paintMs(few));
    long.push(await paintMs(many));
  }
  const [shortMs, longMs] = [middle(short), middle(long)];
  const text = `first paint of that on ${sizeOf(few)}`;
  return [
    rowOf(few, shortMs),
    { ...rowOf(many, longMs), goals: [{ text, value: longMs / shortMs, limit: 2, unit: 'x' }] },
  ];
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const sizeOf = (bytes: number): string => (bytes < 1e6 ? `${bytes / 1e3} KB` : `${bytes / 1e6} MB`);

const rowOf = (bytes: number, wallMs: number): Row => ({
  what: `claude-code, ${sizeOf(bytes)}, opened in the panel`,
  who: 'Session Forks in VS Code',
  measured: { wallMs },
});

async function paintMs(bytes: number): Promise<number> {
  const { page, tree, webview, dispose } = await openWorkbench({
    prepare: async ({ home, workspace }) => {
      await makeStore(inWorkspace(workspace), join(home, '.claude'), { count: 1, bytes });
    },
  });
  try {
    await page.addInitScript(markPaint);
    await page.evaluate(markClicks);
    await tree.open();
    await tree.row(title).click();
    const frame = webview();
    await frame.locator('article').last().waitFor();
    const painted = await frame.locator('body').evaluate(whenMarked, 'painted');
    return painted - (await page.locator('body').evaluate(whenMarked, 'clicked'));
  } finally {
    await dispose();
  }
}

const inWorkspace = (workspace: string): Format => ({
  ...claudeCode,
  path: (folder, _project, session) => claudeCode.path(folder, workspace, session),
  cwd: () => workspace,
});

/** Runs in VS Code's page. */
function markClicks(): void {
  addEventListener('pointerdown', () => performance.mark('clicked'), { capture: true });
}

/** Runs in every frame from its start on: by a timer, as VS Code writes a webview's document anew and observers go with the old one. */
function markPaint(): void {
  const timer = setInterval(() => {
    const isThere = [...document.querySelectorAll('article')].some(
      (row) => row.ariaPosInSet !== null && row.ariaPosInSet === row.ariaSetSize,
    );
    if (isThere) {
      clearInterval(timer);
      // The next frame draws it, and by the one after that it is on the screen.
      requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('painted')));
    }
  }, 4);
}

/** When the frame last marked this, by the clock that all frames share. */
async function whenMarked(_body: Element, name: string): Promise<number> {
  for (;;) {
    const mark = performance.getEntriesByName(name).at(-1);
    if (mark) {
      return performance.timeOrigin + mark.startTime;
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
