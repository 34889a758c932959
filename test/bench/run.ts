// `npm run bench`: generates stores, runs us and peers on them side by side, and writes results.md beside this file.
// `--quick` takes a tenth of the sessions and one run each, and writes nothing. `--runs 3` takes the median of so many.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../agents/support/programs.ts';
import { benchForks } from './support/forkBench.ts';
import { claudeCode, codex, geminiCli, pi, qwenCode } from './support/formats.ts';
import { benchGrowth } from './support/growthBench.ts';
import { benchList } from './support/listBench.ts';
import { benchPanelPaint } from './support/panelPaintBench.ts';
import { makeRuns } from './support/runs.ts';
import { type Row, report } from './support/table.ts';

const quick = process.argv.includes('--quick');
const scale = quick ? 10 : 1;
const runsAt = process.argv.indexOf('--runs');
const times = quick ? 1 : runsAt < 0 ? 5 : Number(process.argv[runsAt + 1]);
const folder = mkdtempSync(join(tmpdir(), 'session-forks-bench-'));
const kb = 1000;

function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

try {
  const module = (await program('claude-agent-sdk')).file;
  const runs = await makeRuns(place('program'));
  const rows: Row[] = [];
  const lists = [
    ['claude-code', claudeCode, { count: 5_000 / scale, bytes: 50 * kb }],
    ['claude-code', claudeCode, { count: 1_000 / scale, bytes: 200 * kb }],
    ['qwen-code', qwenCode, { count: 5_000 / scale, bytes: 50 * kb }],
    ['codex', codex, { count: 1_000 / scale, bytes: 50 * kb }],
    ['gemini-cli', geminiCli, { count: 1_000 / scale, bytes: 50 * kb }],
    ['pi', pi, { count: 1_000 / scale, bytes: 50 * kb }],
  ] as const;
  for (const [agent, format, shape] of lists) {
    const peer = agent === 'claude-code' ? { module } : {};
    const at = place(`list-${agent}-${shape.count}`);
    rows.push(...(await benchList({ agent, format, runs, folder: at, shape, times, ...peer })));
    rmSync(at, { recursive: true });
  }
  const growth = { agent: 'claude-code', format: claudeCode, runs, times, bytes: 10 * kb };
  const counts = [1_000 / scale, 20_000 / scale] as const;
  rows.push(...(await benchGrowth({ ...growth, folder: place('growth'), counts })));
  for (const [agent, format] of [
    ['claude-code', claudeCode],
    ['qwen-code', qwenCode],
    ['codex', codex],
    ['gemini-cli', geminiCli],
    ['pi', pi],
  ] as const) {
    const peer = agent === 'claude-code' ? { module } : {};
    const at = place(`fork-${agent}`);
    rows.push(
      ...(await benchForks({
        agent,
        format,
        runs,
        folder: at,
        bytes: 1e8 / scale,
        times: Math.min(times, 3),
        ...peer,
      })),
    );
    rmSync(at, { recursive: true });
  }
  rows.push(...(await benchPanelPaint({ bytes: [50 * kb, 5e7 / scale], times })));
  const text = report(rows, new Date());
  console.log(text);
  if (!quick) {
    writeFileSync(join(import.meta.dirname, 'results.md'), text);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
