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

/** What a run is to show, and what it has shown so far. */
export class VerdictTable {
  readonly #verdicts: Verdict[] = [];

  /** Adds a row. Call what it gives when the case is over, with what was thrown if it failed. */
  add(agent: string, proof: string): (thrown?: unknown) => void {
    const row = this.#verdicts.push({ agent, proof, verdict: 'not run' }) - 1;
    return (...thrown) => {
      this.#verdicts[row] = { agent, proof, verdict: thrown.length === 0 ? 'pass' : reasonOf(thrown[0]) };
    };
  }

  text(): string {
    return tableOf(this.#verdicts);
  }
}
