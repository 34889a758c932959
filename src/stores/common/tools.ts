import type { ToolAction } from '../../core/model.ts';
import { textOf } from './fields.ts';
import type { JsonRecord } from './jsonl.ts';

/** A record as a person reads it, e.g. the arguments of a tool; `…` for one that is nested thousands deep. */
export function pretty(record: JsonRecord): string {
  try {
    return JSON.stringify(record, undefined, 2);
  } catch (error) {
    if (error instanceof RangeError) {
      return '…';
    }
    throw error;
  }
}

/** What the tool of this name does, by an agent's table; a name may be anything that a model made up, `__proto__` too. */
export const actionOf = (actions: Readonly<Record<string, ToolAction>>, name: string): ToolAction =>
  (Object.hasOwn(actions, name) ? actions[name] : undefined) ?? 'other';

/** What a call asks for: a command as it is, anything else as its arguments. */
export const inputText = (action: ToolAction, args: JsonRecord): string =>
  action === 'run' ? (textOf(args.command) ?? pretty(args)) : pretty(args);

/** The first of `fields` that holds a text that is not empty. */
export const firstText = (args: JsonRecord, fields: readonly string[]): string | undefined =>
  fields.map((field) => textOf(args[field])).find((text) => text);
