// Loaded before all else in a process: its clock stands still and its ids come in an order that every such process has.
const now = Date.UTC(2026, 10, 21, 12);
const RealDate = Date;

class StandingDate extends RealDate {
  constructor(...parts: readonly number[]) {
    super(...((parts.length === 0 ? [now] : parts) as [number]));
  }
  static override now(): number {
    return now;
  }
}

let count = 0;

function fill(bytes: Uint8Array): Uint8Array {
  count++;
  return bytes.fill(0).fill(count, 8);
}

globalThis.Date = StandingDate as DateConstructor;
Reflect.set(globalThis.crypto, 'getRandomValues', fill);
Reflect.set(globalThis.crypto, 'randomUUID', () => {
  const hex = Buffer.from(fill(new Uint8Array(16))).toString('hex');
  return `${hex.slice(16, 24)}-${hex.slice(0, 4)}-4${hex.slice(1, 4)}-8${hex.slice(1, 4)}-${hex.slice(16, 28)}`;
});
