/** One line of what a run has shown. */
interface Verdict {
  readonly agent: string;
  readonly proof: string;
  /** `pass`, or the reason in one line. */
  readonly verdict: string;
}

const columns = ['agent', 'proof', 'verdict'] as const;

/** The first line of what was thrown that says more than that something is wrong. */
function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split('\n').find((line) => line.trim() !== '') ?? 'failed without a word';
}

/** Rows in the order they came, each column as wide as its widest cell. */
function tableOf(verdicts: readonly Verdict[]): string {
  const header: Verdict = { agent: 'agent', proof: 'case', verdict: 'verdict' };
  const rows = [header, ...verdicts];
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: Verdict): string =>
    columns
      .map((column, index) => row[column].padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(header), rule, ...verdicts.map(line)].join('\n');
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
    return tableOf(this.#verdicts);
  }
}
