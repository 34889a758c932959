/** A stretch of terminal output that looks the same; `look` are the classes of its style, empty for plain text. */
export interface AnsiRun {
  readonly text: string;
  readonly look: string;
}

interface Look {
  readonly ink?: number;
  readonly ground?: number;
  readonly styles: ReadonlySet<string>;
}

const plain: Look = { styles: new Set() };
const esc = '\u001b';
const bell = '\u0007';

/** ECMA-48: control sequences, then strings for the terminal (titles, links), then all other escapes. */
const sequence = new RegExp(
  [
    `${esc}\\[([0-?]*)[ -/]*([@-~])`,
    `${esc}[\\]PX^_][^${bell}${esc}]*(?:${bell}|${esc}\\\\|$)`,
    `${esc}[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);

/** Select graphic rendition: the styles that are switched on and off by these numbers. */
const on: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  9: 'strike',
};
const off: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
};

/** Terminal output as text with styles. Whatever else it would do to a terminal is left out. */
export function ansiRuns(output: string): readonly AnsiRun[] {
  const runs: AnsiRun[] = [];
  let look = plain;
  let at = 0;
  const add = (text: string): void => {
    if (text !== '') {
      runs.push({ text, look: classesOf(look) });
    }
  };
  const text = overwritten(output);
  for (const match of text.matchAll(sequence)) {
    add(text.slice(at, match.index));
    at = match.index + match[0].length;
    look = match[2] === 'm' ? restyled(look, match[1] ?? '') : look;
  }
  add(text.slice(at));
  return runs;
}

// A carriage return begins the line anew: of a progress bar only its last state is read.
const overwritten = (output: string): string =>
  output.includes('\r') ? output.split('\n').map(lastState).join('\n') : output;

function lastState(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

function restyled(look: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = look;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(at + 1));
      next = code === 38 ? { ...next, ink: colour } : { ...next, ground: colour };
      at += used;
    } else {
      next = step(next, code);
    }
  }
  return next;
}

function step(look: Look, code: number): Look {
  const { ink: _ink, ...inkless } = look;
  const { ground: _ground, ...groundless } = look;
  if (code === 0) {
    return plain;
  }
  if (code === 39 || code === 49) {
    return code === 39 ? inkless : groundless;
  }
  const colour = (code % 10) + (code >= 90 ? 8 : 0);
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
    return { ...look, ink: colour };
  }
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) {
    return { ...look, ground: colour };
  }
  const style = on[code];
  const removed = new Set(off[code]);
  const styles = [...look.styles].filter((it) => !removed.has(it));
  return { ...look, styles: new Set(style ? [...styles, style] : styles) };
}

/** One of 256 or of all colours, as the nearest of the theme's 16. */
function extended([kind, ...rest]: readonly number[]): { readonly colour: number; readonly used: number } {
  const [a = 0, b = 0, c = 0] = rest;
  if (kind === 2) {
    return { colour: nearest(a, b, c), used: 4 };
  }
  if (a < 16) {
    return { colour: a, used: 2 };
  }
  const cube = a - 16;
  const grey = (a - 232) * 10 + 8;
  const level = (step: number): number => (step % 6) * 51;
  return {
    colour:
      a >= 232
        ? nearest(grey, grey, grey)
        : nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6)), level(cube)),
    used: 2,
  };
}

const nearest = (red: number, green: number, blue: number): number =>
  (red > 127 ? 1 : 0) + (green > 127 ? 2 : 0) + (blue > 127 ? 4 : 0);

const classesOf = ({ ink, ground, styles }: Look): string =>
  [
    ink === undefined ? '' : `ink-${ink}`,
    ground === undefined ? '' : `ground-${ground}`,
    ...[...styles].map((style) => `ansi-${style}`),
  ]
    .filter((name) => name !== '')
    .join(' ');
