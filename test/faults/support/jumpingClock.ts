// Loaded before all else in a process: its clock jumps years ahead and back, each time that somebody looks at it.
const RealDate = Date;
const times = [Date.UTC(2031, 0), Date.UTC(2020, 1, 29), 1, Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 21)];

let looks = 0;
const now = (): number => times[looks++ % times.length] ?? 0;

class JumpingDate extends RealDate {
  constructor(...parts: readonly number[]) {
    super(...((parts.length === 0 ? [now()] : parts) as [number]));
  }
  static override now = now;
}

globalThis.Date = JumpingDate as DateConstructor;
