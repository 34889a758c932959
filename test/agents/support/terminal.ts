import { setTimeout as sleep } from 'node:timers/promises';
import { end, launch } from './processes.ts';
import type { Program } from './programs.ts';

/** A program on a terminal of its own, as a person has it before them. */
export interface Terminal extends AsyncDisposable {
  /** Everything that was drawn, without colours and without white space: programs move the cursor in its place. */
  drawn(): string;
  type(text: string): void;
}

export interface TerminalRun {
  readonly program: Program;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const lookMs = 200;

/** Starts a program on a terminal of 120 columns and 40 rows. Ends its whole group when it is disposed of. */
export function openTerminal({ program, args, cwd, env }: TerminalRun): Terminal {
  const words = [program.command, ...program.args, ...args].map(quoted).join(' ');
  const child = launch({
    // Part of every Linux; on macOS the same program takes the command in another place.
    program: { ...program, command: 'script', args: scriptArgs(`stty cols 120 rows 40; exec ${words}`) },
    args: [],
    cwd,
    env: { ...env, TERM: 'xterm-256color', CI: '' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const answer of answersTo(text)) child.stdin.write(answer);
  });
  return {
    drawn: () => plain(output),
    type: (text) => void child.stdin.write(text),
    [Symbol.asyncDispose]: () => end(child),
  };
}

/** Waits until `is` holds. Throws with what the terminal shows when it does not within `ms`. */
export async function untilDrawn(terminal: Terminal, is: () => boolean, ms: number): Promise<void> {
  const late = Date.now() + ms;
  while (!is()) {
    if (Date.now() > late) throw new Error(`Not within ${ms} ms. Drawn: ${terminal.drawn().slice(-2_000)}`);
    await sleep(lookMs);
  }
}

const scriptArgs = (line: string): string[] =>
  process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qfec', line, '/dev/null'];

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A terminal tells where its cursor is and what it can do; programs wait for that. */
function answersTo(text: string): readonly string[] {
  const asked: readonly (readonly [string, string])[] = [
    ['\u001b[6n', '\u001b[1;1R'],
    ['\u001b[c', '\u001b[?62;c'],
  ];
  return asked.flatMap(([question, answer]) => (text.includes(question) ? [answer] : []));
}

const plain = (output: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a terminal is told.
  output.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|.)|\s/gu, '');
