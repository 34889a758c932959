import type { LiveState, Message, PanelState } from '../protocol.ts';
import { common, type Stretch } from './virtual.ts';

/** More messages than these are not held. */
const mostHeld = 300;
/** When there are too many, so many stay before and after those that are drawn. */
const keptAround = 100;

interface Held {
  readonly first: number;
  readonly messages: readonly Message[];
}

/** The stored messages that the page holds. */
export const heldOf = ({ first, messages }: Held): Stretch => ({ from: first, to: first + messages.length });

/** The host's full state; the messages that the page has loaded before stay, if they still fit. */
export function joinStates(before: PanelState | undefined, next: PanelState): PanelState {
  if (!before || before.first >= next.first || !isSame(before, next)) {
    return next;
  }
  const kept = next.first - before.first;
  if (kept > before.messages.length) {
    return { ...next, first: before.first, messages: before.messages };
  }
  const fits = kept === before.messages.length || before.messages[kept]?.id === next.messages[0]?.id;
  return fits
    ? { ...next, first: before.first, messages: [...before.messages.slice(0, kept), ...next.messages] }
    : next;
}

/** The state with a stretch of messages that the host sent; those far from what is drawn (`around`) are let go. */
export function withPage(
  state: PanelState,
  first: number,
  messages: readonly Message[],
  around: Stretch,
): PanelState {
  const page = { first, messages };
  const apart = common(
    { from: first - 1, to: first + messages.length + 1 },
    { from: state.first, to: state.first + state.messages.length },
  );
  const joined = apart.from === apart.to ? page : join(state, page);
  return messages.length === 0 ? state : { ...state, ...trim(joined, around) };
}

/** The state with what changed of the running turn: `live.turn` starts at index `kept`. */
export function withLive(state: PanelState, live: LiveState, kept: number): PanelState {
  const turn = [...state.live.turn.slice(0, kept), ...live.turn];
  // What another program runs is told with the next whole state.
  const elsewhere = state.running && state.live.status === 'none';
  return { ...state, running: elsewhere || live.status !== 'none', live: { ...live, turn } };
}

/** The stored messages of a turn that was drawn live before; none while it still is. */
export const storedTurn = (before: PanelState, { live, messages, first }: PanelState): readonly Message[] =>
  live.turn.length === 0 ? messages.slice(Math.max(0, before.total - first)) : [];

const isSame = (a: PanelState, b: PanelState): boolean =>
  a.session.agent === b.session.agent && a.session.id === b.session.id && a.total <= b.total;

function join(held: Held, page: Held): Held {
  const before = held.messages.slice(0, Math.max(0, page.first - held.first));
  const after = held.messages.slice(Math.max(0, page.first + page.messages.length - held.first));
  return { first: Math.min(held.first, page.first), messages: [...before, ...page.messages, ...after] };
}

function trim(held: Held, around: Stretch): Held {
  if (held.messages.length <= mostHeld) {
    return held;
  }
  const near = common(heldOf(held), { from: around.from - keptAround, to: around.to + keptAround });
  return near.from === near.to
    ? held
    : { first: near.from, messages: held.messages.slice(near.from - held.first, near.to - held.first) };
}
