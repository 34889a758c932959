import type { AgentProgram } from './agentProgram.ts';
import { type Limits, type RunningProgram, rejection, withProgram } from './childProcess.ts';
import { numberOf, recordOf, textOf } from './fields.ts';
import { type JsonRecord, parseRecord } from './jsonl.ts';

/** Asks one request and gives its result. Rejects with a `RefusedError`, or with why the program is gone. */
export type AskRpc = (method: string, params: JsonRecord) => Promise<JsonRecord>;

/** The program answered with an error. `code` is JSON-RPC's, e.g. -32601 for an unknown method. */
export class RefusedError extends Error {
  readonly code: number | undefined;

  constructor(message: string, code: number | undefined) {
    super(message);
    this.name = 'RefusedError';
    this.code = code;
  }
}

interface Waiting {
  readonly resolve: (result: JsonRecord) => void;
  readonly reject: (error: Error) => void;
}

const unknownMethod = -32601;

/**
 * Starts a program that speaks JSON-RPC 2.0, one message a line, lets `work` ask it and ends it. What the program asks
 * is refused, what it tells is passed over. Rejects as `withProgram`.
 */
export const withJsonRpc = <Result>(
  program: AgentProgram,
  args: readonly string[],
  cwd: string,
  limits: Limits,
  work: (ask: AskRpc) => Promise<Result>,
): Promise<Result> =>
  withProgram(program, args, cwd, limits, (running) => {
    const link = new Link(running);
    return work((method, params) => Promise.race([link.ask(method, params), rejection(running.over)]));
  });

class Link {
  readonly #child: RunningProgram['child'];
  readonly #waiting = new Map<number, Waiting>();
  #rest = '';
  #last = 0;

  constructor({ child }: RunningProgram) {
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  ask(method: string, params: JsonRecord): Promise<JsonRecord> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#write({ id, method, params });
    });
  }

  #write(message: JsonRecord): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** Split at `\n` only: U+2028 stands raw inside the strings of messages. */
  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#take(parseRecord(line) ?? {});
    }
  }

  #take(message: JsonRecord): void {
    if (message.method !== undefined) {
      if (message.id !== undefined) {
        this.#write({ id: message.id, error: { code: unknownMethod, message: 'Method not found' } });
      }
      return;
    }
    const id = numberOf(message.id) ?? 0;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const error = recordOf(message.error);
    if (error) {
      waiting?.reject(refused(error));
    } else {
      waiting?.resolve(recordOf(message.result) ?? {});
    }
  }
}

function refused(error: JsonRecord): RefusedError {
  const detail = textOf(error.data) ?? textOf(recordOf(error.data)?.details);
  const text = [textOf(error.message) ?? 'It refused.', ...(detail ? [detail] : [])].join(' ');
  return new RefusedError(text, numberOf(error.code));
}
