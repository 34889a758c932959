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
 * Members at the end of an object: where the first one's name begins, and their values by name, counted from there. Of
 * objects that a finder found to end alike, the values are the same object.
 */
export interface LastMembers {
  readonly at: number;
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * Finds the last top-level member called `name` of the JSON object in `bytes` from `start` to before `end`, and the members
 * that follow it, in order. The object must be valid and end at `end`; nothing before the member is looked at, however
 * long it is. Undefined when the search by text finds no such member.
 */
export function lastMembers(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
): LastMembers | undefined {
  const text = `"${name}":`;
  let at = end;
  for (let tries = 0; tries < triesLimit; tries++) {
    at = bytes.lastIndexOf(text, at - 1, 'latin1');
    if (at <= start) {
      return undefined;
    }
    // Behind a backslash it stands within a string. Any other quote before a name opens the name.
    const places = bytes[at - 1] === backslash ? undefined : placesFrom(bytes, at, end);
    if (places) {
      return { at, places };
    }
  }
  return undefined;
}

/** The same for many objects: those of one file mostly end alike, and of such an end the members are known at a glance. */
export class LastMembersFinder {
  readonly #name: string;
  #known: { readonly bytes: Buffer; readonly places: LastMembers['places'] } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  find(bytes: Buffer, start: number, end: number): LastMembers | undefined {
    return this.#asBefore(bytes, start, end) ?? this.#anew(bytes, start, end);
  }

  #asBefore(bytes: Buffer, start: number, end: number): LastMembers | undefined {
    const known = this.#known;
    if (!known) {
      return undefined;
    }
    const { length } = known.bytes;
    const at = end - length;
    const isSame =
      at > start && bytes[at - 1] !== backslash && bytes.compare(known.bytes, 0, length, at, end) === 0;
    return isSame ? { at, places: known.places } : undefined;
  }

  #anew(bytes: Buffer, start: number, end: number): LastMembers | undefined {
    const found = lastMembers(bytes, start, end, this.#name);
    this.#known = found && { bytes: Buffer.from(bytes.subarray(found.at, end)), places: found.places };
    return found;
  }
}

/** The members from the name at `at` on; undefined unless they are the outermost object's. */
function placesFrom(bytes: Buffer, at: number, end: number): LastMembers['places'] | undefined {
  const places = new Map<string, Place>();
  for (let from = at; ; ) {
    const nameEnd = endOfString(bytes, from, end);
    const start = nameEnd + 1;
    if (bytes[from] !== quote || bytes[nameEnd] !== colon) {
      return undefined;
    }
    const valueEnd = endOfValue(bytes, start, end);
    places.set(bytes.toString('utf8', from + 1, nameEnd - 1), { start: start - at, end: valueEnd - at });
    if (bytes[valueEnd] !== comma) {
      return bytes[valueEnd] === closeObject && valueEnd === end - 1 ? places : undefined;
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
