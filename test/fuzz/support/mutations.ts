import type { Random } from './random.ts';

/** A change of a file's bytes. */
type Mutation = (bytes: Buffer, random: Random) => Buffer;

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Values that no agent writes, as JSON text. */
const strange: readonly [string, ...string[]] = [
  'null',
  '[]',
  '{}',
  '""',
  '-1',
  '1e999',
  '0.1',
  'true',
  '"../../x"',
  '"/etc/passwd"',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":1},"toString":null,"length":-1}',
  '["a",1,null,{"text":null}]',
  '"9999-99-99T99:99:99Z"',
  '99999999999999999999',
  JSON.stringify('x'.repeat(50_000)),
  JSON.stringify('\u2028\u2029 ﷽ 👩‍👩‍👧 \u202e'.repeat(20)),
  deep(20_000),
  JSON.stringify(deep(200)),
];

const badBytes: readonly [Buffer, ...Buffer[]] = [
  Buffer.from([0]),
  Buffer.from([0xff, 0xfe, 0xfd]),
  Buffer.from([0xc3, 0x28]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from('\r'),
  Buffer.from('\n\n\n'),
  Buffer.from('}{'),
  Buffer.from('\u2028'),
  Buffer.from('"'),
];

function splice(bytes: Buffer, at: number, remove: number, insert: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}

const onLines =
  (change: (lines: string[], random: Random) => void): Mutation =>
  (bytes, random) => {
    const lines = bytes.toString('utf8').split('\n');
    change(lines, random);
    return Buffer.from(lines.join('\n'));
  };

const at = (lines: readonly string[], random: Random): number => random.below(lines.length);

/** The values of a line's JSON, as places in its text: strings, numbers, words, whole lists and objects. */
function values(line: string): readonly { readonly start: number; readonly end: number }[] {
  const found = line.matchAll(
    /(?<=:)(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[[^[\]{}]*\]|\{[^[\]{}]*\})/g,
  );
  return [...found].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

const changeField = onLines((lines, random) => {
  const number = at(lines, random);
  const line = lines[number] ?? '';
  const found = values(line);
  const place = found[random.below(found.length)];
  lines[number] = place ? line.slice(0, place.start) + random.pick(strange) + line.slice(place.end) : line;
});

const renameField = onLines((lines, random) => {
  const number = at(lines, random);
  const names = [...(lines[number] ?? '').matchAll(/"(\w+)":/g)].map((match) => match[1] ?? '');
  const name = names[random.below(names.length)];
  lines[number] = (lines[number] ?? '').replace(`"${name}":`, random.pick(['"x":', '"":', '"__proto__":']));
});

/** A record names a file of the person's where the agent would name one of its own. */
const paths = /"(?:~|\.{0,2})\/[^"\\]{2,200}"/g;

const changePath = (bytes: Buffer, random: Random, outside: string): Buffer => {
  const text = bytes.toString('utf8');
  const found = [...text.matchAll(paths)];
  const place = found[random.below(found.length)];
  return place
    ? Buffer.from(
        text.slice(0, place.index) + JSON.stringify(outside) + text.slice(place.index + place[0].length),
      )
    : bytes;
};

const hugeBytes = 100 * 1024 * 1024;

/** A line of 100 MB among the others: words, a list nested as deeply, or a record with one text of that length. */
export function hugeLine(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('utf8').split('\n');
  const number = at(lines, random);
  const line = lines[number] ?? '';
  const place = values(line)[0];
  const text = 'z'.repeat(hugeBytes);
  const huge = [
    text,
    `{"x":${'['.repeat(hugeBytes)}`,
    place ? `${line.slice(0, place.start)}"${text}"${line.slice(place.end)}` : `{"x":"${text}"}`,
    place ? `${line.slice(0, place.start)}"${text}"${line.slice(place.end)}` : `{"x":"${text}"}`,
  ];
  lines.splice(number, random.below(2), huge[random.below(huge.length)] ?? '');
  return Buffer.from(lines.join('\n'));
}

const ids = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** One id stands where another stood: cycles, doubles, parents that are children, strangers. */
const changeLink: Mutation = (bytes, random) => {
  const text = bytes.toString('utf8');
  const found = [...text.matchAll(ids)];
  const place = found[random.below(found.length)];
  const other = found[random.below(found.length)]?.[0] ?? '';
  if (!place) {
    return bytes;
  }
  return random.below(4) === 0
    ? Buffer.from(text.replaceAll(place[0], other))
    : Buffer.from(text.slice(0, place.index) + other + text.slice(place.index + place[0].length));
};

const mutations: readonly [Mutation, ...Mutation[]] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let count = random.below(8); count >= 0 && copy.length > 0; count--) {
      copy[random.below(copy.length)] = random.below(256);
    }
    return copy;
  },
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, random.bytes(random.below(40))),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, random.pick(badBytes)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), random.below(400), Buffer.alloc(0)),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes) => Buffer.concat([Buffer.from('\uFEFF'), bytes]),
  (bytes) => Buffer.from(bytes.toString('utf8').replaceAll('\n', '\r\n')),
  (bytes) => Buffer.concat([bytes, bytes]),
  (bytes) => Buffer.concat([bytes, Buffer.alloc(3_000)]),
  () => Buffer.alloc(0),
  onLines((lines, random) => void lines.splice(at(lines, random), 1)),
  onLines((lines, random) => void lines.splice(at(lines, random), 0, lines[at(lines, random)] ?? '')),
  onLines((lines, random) => void lines.push(...lines.splice(0, at(lines, random)))),
  onLines((lines) => void lines.reverse()),
  onLines((lines, random) => void lines.splice(at(lines, random), 2, lines.slice(0, 2).join(''))),
  onLines((lines, random) => void lines.splice(at(lines, random), 0, random.pick(strange))),
  onLines((lines, random) => void lines.splice(at(lines, random), 0, `{"x":${deep(20_000)}}`)),
  onLines((lines, random) => void lines.splice(at(lines, random), 0, 'y'.repeat(300_000))),
  changeField,
  changeField,
  changeField,
  changeField,
  renameField,
  changeLink,
  changeLink,
  changeLink,
];

/** One to three changes of a file's bytes. `outside` is a file beyond the agent's folder. */
export function mutated(bytes: Buffer, random: Random, outside: string): Buffer {
  let result = bytes;
  for (let count = random.below(3); count >= 0; count--) {
    result =
      random.below(20) === 0 ? changePath(result, random, outside) : random.pick(mutations)(result, random);
  }
  return result;
}
