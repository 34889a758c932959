import type { Choice, SessionOptions } from './liveAgent.ts';

/** The agent asks for nothing in this mode. Agents do not say so; they name it so. */
export const bypasses = (mode: Choice): boolean =>
  /bypass|yolo|full[\s_-]?access|danger/i.test(`${mode.id} ${mode.name}`);

/** What becomes of the mode that a session came up with. */
export interface ModeStart {
  /** The mode to set before anything is sent. */
  readonly set?: Choice;
  /** A bypass that the person may want again, and is asked about. */
  readonly offer?: Choice;
}

/**
 * A session goes on in the mode that was `shown` for it (its own panel, or that of the session it was forked from).
 * A bypass is only offered: nobody gets it silently. Where nothing was shown, the agent's own mode stands.
 */
export function modeAtStart({ modes, mode }: SessionOptions, shown: string | undefined): ModeStart {
  const wanted = modes.find(({ id }) => id === shown);
  if (!wanted || wanted.id === mode) {
    return {};
  }
  return bypasses(wanted) ? { offer: wanted } : { set: wanted };
}
