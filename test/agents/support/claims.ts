import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { results } from '../../setup/paths.ts';
import { type JsonObject, parseObject, textOf } from './json.ts';
import { reasonOf, tableOf } from './table.ts';

/** What is claimed of every agent and shown with its real program (Moltis: a double of its gateway). */
const claims = {
  tree: 'lists the true tree',
  view: "reads as the agent's own view",
  after: 'fork after a middle reply',
  before: 'fork before a prompt',
  again: 'fork of a fork',
  prefix: 'model got prefix + prompt',
  known: "in the agent's own list",
} as const;

export type Claim = keyof typeof claims;

/** The agents that must fill every cell, in the order of the table. */
const agents = [
  'claude-code',
  'qwen-code',
  'codex',
  'opencode',
  'goose',
  'gemini-cli',
  'pi',
  'moltis',
] as const;

const claimNames = Object.keys(claims) as Claim[];
const claimsFolder = join(results, 'agents');

const pass = 'pass';
const notRun = 'not run';

/** Keeps what one agent's tests have shown where the runner finds it: they run in a process of their own. */
export class ClaimRecorder {
  readonly #file: string;
  /** Outcomes of the tests behind each claim. */
  readonly #outcomes = new Map<Claim, string[]>();

  constructor(agent: (typeof agents)[number], folder = claimsFolder) {
    this.#file = join(folder, `${agent}.json`);
    mkdirSync(folder, { recursive: true });
  }

  /**
   * The same test, which now shows these claims. A claim holds when all its tests pass; `remark` says in words what
   * does not go with this agent, or how it was shown.
   */
  shows(shown: readonly Claim[], test: () => Promise<unknown>, remark?: string): () => Promise<void> {
    const settle = shown.map((claim) => this.#add(claim));
    const tell = (outcome: string): void => {
      for (const one of settle) one(outcome);
      this.#write();
    };
    return async () => {
      try {
        await test();
        tell(remark === undefined ? pass : `${pass}: ${remark}`);
      } catch (error) {
        tell(`FAIL: ${reasonOf(error)}`);
        throw error;
      }
    };
  }

  #add(claim: Claim): (outcome: string) => void {
    const outcomes = this.#outcomes.get(claim) ?? [];
    this.#outcomes.set(claim, outcomes);
    const at = outcomes.push(notRun) - 1;
    return (outcome) => {
      outcomes[at] = outcome;
    };
  }

  #write(): void {
    const cells = [...this.#outcomes].map(([claim, outcomes]) => [claim, worstOf(outcomes)]);
    writeFileSync(this.#file, JSON.stringify(Object.fromEntries(cells)));
  }
}

/** What is not a pass comes first, then what has a remark. */
const worstOf = (outcomes: readonly string[]): string =>
  outcomes.find((outcome) => !outcome.startsWith(pass)) ??
  outcomes.find((outcome) => outcome !== pass) ??
  pass;

/** Forgets an earlier run, so that it cannot fill the cells of this one. */
export function forgetClaims(): void {
  rmSync(claimsFolder, { recursive: true, force: true });
}

/** Agent by claim as the tests left it, remarks below; `open` counts the cells that did not pass. */
export function claimTable(folder = claimsFolder): { readonly text: string; readonly open: number } {
  const notes: string[] = [];
  const rows = agents.map((agent) => {
    const outcomes = outcomesOf(join(folder, `${agent}.json`));
    return [agent, ...claimNames.map((claim) => noted(textOf(outcomes[claim]) || notRun, notes))];
  });
  const cells = rows.flatMap((row) => row.slice(1));
  const table = tableOf(['agent', ...Object.values(claims)], rows);
  return {
    text: [table, ...notes].join('\n'),
    open: cells.filter((cell) => !cell.startsWith(pass)).length,
  };
}

function outcomesOf(file: string): JsonObject {
  try {
    return parseObject(readFileSync(file, 'utf8'));
  } catch (error) {
    // Its tests did not come to an end: no cell of it was shown.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

/** The word of an outcome; what it says behind the colon goes to the notes, each text once. */
function noted(outcome: string, notes: string[]): string {
  const [, word = outcome, remark] = /^([^:]*): (.*)$/.exec(outcome) ?? [];
  if (remark === undefined) return word;
  const known = notes.findIndex((note) => note.endsWith(`) ${remark}`)) + 1;
  const number = known || notes.push(`${notes.length + 1}) ${remark}`);
  return `${word} ${number})`;
}
