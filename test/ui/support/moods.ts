import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../../src/stores/common/runningProcess.ts';
import type { Folders } from './workbench.ts';

/** How `moodyAgent.mjs` behaves; without anything it is the sample agent. */
export interface Mood {
  /** Nobody is signed in before the way `works` is chosen; the others are refused in these words. */
  readonly signIn?: {
    readonly methods: readonly {
      readonly id: string;
      readonly name: string;
      readonly description?: string;
    }[];
    readonly works: string;
    readonly refusal: string;
  };
  /** Errors in place of answers, by the request's method. */
  readonly refuse?: Readonly<
    Record<string, { readonly code: number; readonly message: string; readonly data?: object }>
  >;
  /** What is answered without asking the sample agent. */
  readonly answer?: Readonly<Record<string, object>>;
  /** What is added to its answers. */
  readonly add?: Readonly<Record<string, object>>;
  /** It ends with code 1 when it gets this request. */
  readonly exitAt?: string;
  /** It never answers this request. */
  readonly silentAt?: string;
}

/** A start (`start`) or a request, as the agent noted it. */
export interface Noted {
  readonly pid: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The file that stands in for the samples' agents. */
export const moodyAgent = join(import.meta.dirname, 'moodyAgent.mjs');

/** The variable that tells the agent where its mood is. */
export const moodsEnv = ({ home }: Folders): NodeJS.ProcessEnv => ({ SESSION_FORKS_MOODS: home });

export function setMood({ home }: Folders, mood: Mood): void {
  writeFileSync(join(home, 'mood.json'), JSON.stringify(mood));
}

/** All that was noted since the window was opened first. */
export function noted({ home }: Folders): readonly Noted[] {
  const file = join(home, 'notes.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** The agents that run now, by process id. */
export const runningAgents = (folders: Folders): readonly number[] =>
  noted(folders)
    .filter(({ method }) => method === 'start')
    .map(({ pid }) => pid)
    .filter(isRunning);
