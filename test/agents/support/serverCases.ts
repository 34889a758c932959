import { reasonOf, tableOf } from './table.ts';

/** What programs may ask of the fork of a session that a server has open: cases 2.1 to 2.22 of the checklist. */
const cases = {
  2.1: 'a typed call without a dialog',
  2.2: 'title and origin in the answer',
  2.3: 'the fork goes on, its history is not sent again',
  2.4: 'fork while a prompt runs',
  2.5: 'unknown session; too many at once',
  2.6: 'name: 250 characters, control characters, wrong type',
  2.7: 'a name that is taken',
  2.8: 'no name',
  2.9: 'everybody hears of the fork, once',
  '2.10': 'capabilities are probed',
  2.11: 'nothing is done before all is checked',
  2.12: 'a fork that fails is cleared away',
  2.13: 'a large session blocks nobody',
  2.14: 'the source is unchanged and usable',
  2.15: 'the list has the fork',
  2.16: 'fork of a fork',
  2.17: 'the last fork can be taken back',
  2.18: 'errors are typed',
  2.19: 'the person’s own folders are honoured',
  '2.20': 'trust',
  2.21: 'fork at a message',
  2.22: 'each case has its test',
} as const;

export type CaseId = `${keyof typeof cases}`;

const ids = Object.keys(cases).toSorted((a, b) => numberOf(a) - numberOf(b));
const titles: Readonly<Record<string, string>> = cases;

function numberOf(id: string): number {
  return Number(id.split('.')[1]);
}

/** What the tests of one server show of each case, as a table. */
export class ServerCases {
  readonly #shown = new Map<string, string[]>();
  readonly #open = new Set<string>(ids);

  /** The same test, which now shows these cases; `what` says what was seen, and so does a text that the test gives. */
  shows(shown: readonly CaseId[], what: string, test: () => Promise<unknown>): () => Promise<void> {
    return async () => {
      try {
        const seen = await test();
        const text = typeof seen === 'string' ? `${what}: ${seen}` : what;
        for (const id of shown) this.#settle(id, text);
      } catch (error) {
        for (const id of shown) this.#note(id, `FAIL: ${reasonOf(error)}`);
        throw error;
      }
    };
  }

  /** A case that this server or Session Forks cannot have, or that is shown without a server; `why` says so. */
  explained(id: CaseId, why: string): void {
    this.#settle(id, why);
  }

  /** Cases without any answer. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  text(): string {
    const rows = ids.map((id) => [id, titles[id] ?? '', (this.#shown.get(id) ?? ['not shown']).join('; ')]);
    return tableOf(['case', 'what is asked', 'what we show'], rows);
  }

  #settle(id: string, what: string): void {
    this.#note(id, what);
    this.#open.delete(id);
  }

  #note(id: string, what: string): void {
    this.#shown.set(id, [...(this.#shown.get(id) ?? []), what]);
  }
}
