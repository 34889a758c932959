const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The name may also stand in what the object holds: then the search goes on before it, but not for ever. */
const triesLimit = 8;

/** Where a value stands: from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the last top-level member called `name` of the JSON object in `bytes` from `start` to before `end`, and the members
 * that follow it: their values by their names, in order. The object must be valid and end at `end`; nothing before the
 * member is looked at, however long it is. Undefined when the search by text finds no such member.
 */
export function lastMembers(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
): ReadonlyMap<string, Place> | undefined {
  const text = `"${name}":`;
  let at = end;
  for (let tries = 0; tries < triesLimit; tries++) {
    at = bytes.lastIndexOf(text, at - 1, 'latin1');
    if (at <= start) {
      return undefined;
    }
    // Behind a backslash it stands within a string. Any other quote before a name opens the name.
    const members = bytes[at - 1] === backslash ? undefined : membersFrom(bytes, at, end);
    if (members) {
      return members;
    }
  }
  return undefined;
}

/** The members from the name at `at` on; undefined unless they are the outermost object's. */
function membersFrom(bytes: Buffer, at: number, end: number): ReadonlyMap<string, Place> | undefined {
  const members = new Map<string, Place>();
  for (let from = at; ; ) {
    const nameEnd = endOfString(bytes, from, end);
    const start = nameEnd + 1;
    if (bytes[from] !== quote || bytes[nameEnd] !== colon) {
      return undefined;
    }
    const valueEnd = endOfValue(bytes, start, end);
    members.set(bytes.toString('utf8', from + 1, nameEnd - 1), { start, end: valueEnd });
    if (bytes[valueEnd] !== comma) {
      return bytes[valueEnd] === closeObject && valueEnd === end - 1 ? members : undefined;
    }
    from = valueEnd + 1;
  }
}

/** Just behind the value that begins at `start`: where a comma or a closing bracket of what holds it stands. */
function endOfValue(bytes: Buffer, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; ) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at, end);
      continue;
    }
    if (depth === 0 && (byte === comma || byte === closeObject || byte === closeList)) {
      return at;
    }
    depth +=
      byte === openObject || byte === openList ? 1 : byte === closeObject || byte === closeList ? -1 : 0;
    at++;
  }
  return end;
}

/** Just behind the quote that closes the string which begins at `start`. */
function endOfString(bytes: Buffer, start: number, end: number): number {
  let at = start + 1;
  while (at < end && bytes[at] !== quote) {
    at += bytes[at] === backslash ? 2 : 1;
  }
  return at + 1;
}
