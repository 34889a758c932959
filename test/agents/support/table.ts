/** One line of what a run has shown. */
interface Verdict {
  readonly agent: string;
  readonly proof: string;
  /** `pass`, or the reason in one line. */
  readonly verdict: string;
}

/** The first line of what was thrown that says more than that something is wrong. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split('\n').find((line) => line.trim() !== '') ?? 'failed without a word';
}

/** Rows below a header, each column as wide as its widest cell. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, at) => (row[at] ?? '').padEnd(width))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** What is told of one case once it is over. */
export interface Outcome {
  pass(remark?: string): void;
  fail(thrown: unknown): void;
}

/** What a run is to show, and what it has shown so far. */
export class VerdictTable {
  readonly #verdicts: Verdict[] = [];

  /** Adds a row, which says "not run" until its outcome is told. */
  add(agent: string, proof: string): Outcome {
    const row = this.#verdicts.push({ agent, proof, verdict: 'not run' }) - 1;
    const settle = (verdict: string): void => {
      this.#verdicts[row] = { agent, proof, verdict };
    };
    return {
      pass: (remark) => settle(remark === undefined ? 'pass' : `pass (${remark})`),
      fail: (thrown) => settle(`FAIL: ${reasonOf(thrown)}`),
    };
  }

  text(): string {
    const rows = this.#verdicts.map(({ agent, proof, verdict }) => [agent, proof, verdict]);
    return tableOf(['agent', 'case', 'verdict'], rows);
  }
}
