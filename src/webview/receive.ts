import type { LiveState, Message, PanelState } from '../protocol.ts';

/** The host's full state, with the earlier messages that the page has loaded before, if they still fit. */
export function joinStates(before: PanelState | undefined, next: PanelState): PanelState {
  if (!before || before.first >= next.first) {
    return next;
  }
  const kept = next.first - before.first;
  const fits = before.messages[kept]?.id === next.messages[0]?.id && before.messages.length >= kept;
  return fits
    ? { ...next, first: before.first, messages: [...before.messages.slice(0, kept), ...next.messages] }
    : next;
}

/** The state with messages before its first; a stretch that leaves a gap is not taken. */
export function withEarlier(state: PanelState, first: number, messages: readonly Message[]): PanelState {
  if (first >= state.first || first + messages.length < state.first) {
    return state;
  }
  return { ...state, first, messages: [...messages.slice(0, state.first - first), ...state.messages] };
}

/** The state with what changed of the running turn: `live.turn` starts at index `kept`. */
export function withLive(state: PanelState, live: LiveState, kept: number): PanelState {
  const turn = [...state.live.turn.slice(0, kept), ...live.turn];
  return { ...state, running: state.running || live.status !== 'none', live: { ...live, turn } };
}
