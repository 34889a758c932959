/** One member of a JSON object, by where it stands in the object's text. */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Sets members of a JSON object in its text: replaces their values, or adds them at its end. All other bytes stay
 * as they are, which parsing and printing again does not promise: numbers and the order of keys may change.
 * `text` must be a valid object (of another one what is made is not valid either), values are JSON text.
 */
export function setMembers(text: string, values: Readonly<Record<string, string>>): string {
  const members = membersOf(text);
  const present = new Set<string>();
  let result = '';
  let taken = 0;
  for (const { name, start, end } of members) {
    if (Object.hasOwn(values, name)) {
      present.add(name);
      result += text.slice(taken, start) + values[name];
      taken = end;
    }
  }
  const added = Object.entries(values).filter(([name]) => !present.has(name));
  return appendMembers(result + text.slice(taken), added, members.length > 0);
}

function appendMembers(
  text: string,
  added: readonly (readonly [string, string])[],
  hasOthers: boolean,
): string {
  if (added.length === 0) {
    return text;
  }
  const close = text.lastIndexOf('}');
  const members = added.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
  return `${text.slice(0, close)}${hasOthers ? ',' : ''}${members}${text.slice(close)}`;
}

function membersOf(text: string): readonly Member[] {
  const members: Member[] = [];
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = text.slice(at + 1, nameEnd - 1);
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ name: name.includes('\\') ? String(JSON.parse(`"${name}"`)) : name, start, end });
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return members;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) {
    at++;
  }
  return at;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;

/** Just behind the closing quote of the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at !== -1 && isEscaped(text, at)) {
    at = text.indexOf('"', at + 1);
  }
  return at === -1 ? text.length : at + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') {
    backslashes++;
  }
  return backslashes % 2 === 1;
}

function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') {
    return endOfString(text, from);
  }
  return first === '{' || first === '[' ? endOfNested(text, from) : endOfScalar(text, from);
}

const scalarEnd = /[,}\] \t\r\n]/g;

function endOfScalar(text: string, from: number): number {
  scalarEnd.lastIndex = from;
  return scalarEnd.exec(text)?.index ?? text.length;
}

const structure = /["{}[\]]/g;

function endOfNested(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    structure.lastIndex = at;
    const found = structure.exec(text);
    if (!found) {
      return text.length;
    }
    at = found[0] === '"' ? endOfString(text, found.index) : found.index + 1;
    depth += found[0] === '{' || found[0] === '[' ? 1 : found[0] === '"' ? 0 : -1;
  } while (depth > 0);
  return at;
}
