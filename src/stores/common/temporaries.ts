import { hostname } from 'node:os';
import { basename } from 'node:path';

/** Temporary files bear this prefix, so that a listing passes over them and a later start can clear them away. */
export const temporaryPrefix = '.session-forks-';

/** Whether a name or path is that of a temporary file. */
export const isTemporary = (path: string): boolean => basename(path).startsWith(temporaryPrefix);

/** Process numbers say nothing of another machine's processes, with which a home may be shared. */
const thisMachine = hostname()
  .replaceAll(/[^a-zA-Z0-9]/g, '')
  .slice(0, 32);
const shape = /^\.session-forks-(\d+)@([a-zA-Z0-9]*)-(.+)\.tmp$/;

/** Who writes a temporary file. */
export interface Writer {
  readonly pid: number;
  readonly isHere: boolean;
  /** What `temporaryName` was given. */
  readonly what: string;
}

/** A name for something unfinished that tells who writes it; `what` tells one from another. */
export const temporaryName = (what: string): string => nameOf(process.pid, what);

/** The same for something that nobody writes any more. */
export const forsakenName = (what: string): string => nameOf(noProcess, what);

const noProcess = 0;
const nameOf = (pid: number, what: string): string => `${temporaryPrefix}${pid}@${thisMachine}-${what}.tmp`;

/** What such a name tells; undefined for any other. */
export function writerOf(name: string): Writer | undefined {
  const [, pid, machine, what] = shape.exec(name) ?? [];
  return what === undefined ? undefined : { pid: Number(pid), isHere: machine === thisMachine, what };
}
