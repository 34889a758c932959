import type { Problem } from '../../core/model.ts';
import { type Chain, isMessage } from './chain.ts';
import { type Fault, knownVersion, type RawTranscript } from './records.ts';

// What pi does with each is seen on @earendil-works/pi-coding-agent 1.5.2.
const agent = 'pi 1.5.2';

/** The gravest damage of a transcript, or undefined when pi resumes all of it. */
export function findProblem(raw: RawTranscript, chain: Chain): Problem | undefined {
  const found = noHeader(raw) ?? newerVersion(raw) ?? brokenChain(raw, chain) ?? faultyLine(raw);
  if (!found) {
    return undefined;
  }
  const { line = Number.POSITIVE_INFINITY } = found;
  const readable = raw.records.filter((record) => isMessage(record) && record.line < line).length;
  return { ...found, readable };
}

function noHeader(raw: RawTranscript): Problem | undefined {
  if (raw.isEmpty) {
    return { text: `The file is empty. ${agent} begins a new session in it.`, line: 1 };
  }
  return raw.header
    ? undefined
    : { text: `The first record is no session header. ${agent} refuses to open the file.`, line: 1 };
}

function newerVersion({ version }: RawTranscript): Problem | undefined {
  return version > knownVersion
    ? {
        text: `The file is of version ${version} of pi's format; up to version ${knownVersion} is known here. Some of it may be missing.`,
      }
    : undefined;
}

function brokenChain(raw: RawTranscript, { gap, cycle }: Chain): Problem | undefined {
  if (cycle) {
    return { text: `Records name each other as parents in a circle. ${agent} hangs when it opens the file.` };
  }
  if (!gap) {
    return undefined;
  }
  const cause = raw.faults.findLast((fault) => fault.line < gap.line);
  const what = cause ? faultText(cause) : `Line ${gap.line} follows a record that is missing.`;
  return {
    text: `${what} ${agent} forgets what came before, without a word.`,
    line: cause?.line ?? gap.line,
  };
}

function faultyLine({ faults }: RawTranscript): Problem | undefined {
  const [fault] = faults;
  return fault && { text: `${faultText(fault)} ${agent} passes over it.`, line: fault.line };
}

function faultText({ line, kind }: Fault): string {
  switch (kind) {
    case 'unreadable':
      return `Line ${line} cannot be read.`;
    case 'torn':
      return `Line ${line}, the last one, breaks off in the middle.`;
    case 'no_identity':
      return `Line ${line} holds a record without its ids.`;
  }
}
