import type { Problem } from '../../core/model.ts';
import { textOf } from '../common/fields.ts';
import { type Fault, hasHeader, type RawTranscript } from './records.ts';

// What the agent does with each is seen on @google/gemini-cli 0.61.0 and named so in the text.
const agent = 'Gemini CLI 0.61.0';

/** The gravest damage of a transcript, or undefined when the agent resumes all of it. `readable` counts messages. */
export function findProblem(raw: RawTranscript, readable: number): Problem | undefined {
  const found = noSession(raw) ?? unknownType(raw) ?? faultyLine(raw);
  return found && { ...found, readable };
}

function noSession(raw: RawTranscript): Problem | undefined {
  if (raw.isEmpty) {
    return { text: `The file is empty. ${agent} does not list it, and its clean-up deletes it.`, line: 1 };
  }
  return hasHeader(raw)
    ? undefined
    : {
        text: `No record says which session this is. ${agent} does not list the file, and its clean-up deletes it.`,
        line: 1,
      };
}

const knownTypes: ReadonlySet<unknown> = new Set(['user', 'gemini', 'info', 'error', 'warning']);

function unknownType({ records }: RawTranscript): Problem | undefined {
  const unknown = records.find(({ json }) => !knownTypes.has(json.type));
  return (
    unknown && {
      text: `Line ${unknown.last} holds a message of the unknown type "${textOf(unknown.json.type) ?? typeof unknown.json.type}": the file may be of a newer version than ${agent}.`,
      line: unknown.last,
    }
  );
}

function faultyLine({ faults }: RawTranscript): Problem | undefined {
  const fault = faults.find(({ kind }) => kind === 'lost_rewind') ?? faults[0];
  return fault && { text: faultText(fault), line: fault.line };
}

function faultText({ line, kind }: Fault): string {
  switch (kind) {
    case 'unreadable':
      return `Line ${line} cannot be read. ${agent} passes over it.`;
    case 'torn':
      return `Line ${line}, the last one, breaks off in the middle. ${agent} passes over it.`;
    case 'unknown':
      return `Line ${line} holds a record of an unknown kind: the file may be of a newer version than ${agent}.`;
    case 'lost_rewind':
      return `Line ${line} goes back to a message that is not there. ${agent} forgets all that came before.`;
  }
}
