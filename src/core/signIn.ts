import type { Choice } from './liveAgent.ts';

/** A program to run in a terminal, with what its environment needs besides the person's own. */
export interface TerminalProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One of an agent's own ways to sign in. */
export interface SignInMethod extends Choice {
  /** Done by this program in a terminal; without it the agent is asked when it is started (`LiveSession.signIn`). */
  readonly terminal?: TerminalProgram;
}

/** The cause of `sign_in_needed`: the agent's own ways to sign in, in its order. */
export class SignInMethods {
  readonly methods: readonly SignInMethod[];

  constructor(methods: readonly SignInMethod[]) {
    this.methods = methods;
  }
}
