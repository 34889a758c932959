import { recordOf } from '../common/fields.ts';
import type { PiRecord } from './records.ts';

/** The records of one file by id, and the one that pi goes on from: the last in the file. */
export interface RecordTree {
  readonly nodes: ReadonlyMap<string, PiRecord>;
  readonly leaf?: PiRecord;
}

/** Records from a root to a leaf. `gap` is the first one when its parent is missing, `cycle` when it led in a circle. */
export interface Chain {
  readonly records: readonly PiRecord[];
  readonly gap?: PiRecord;
  readonly cycle?: boolean;
}

export const roleOf = (record: PiRecord): unknown =>
  record.type === 'message' ? recordOf(record.json.message)?.role : undefined;

const messageRoles: ReadonlySet<unknown> = new Set(['user', 'assistant', 'bashExecution', 'custom']);

/**
 * Whether the record is a message that a person reads: a prompt, a command that the person ran, what an extension shows,
 * or a reply.
 */
export const isMessage = (record: PiRecord): boolean =>
  record.type === 'custom_message' ? record.json.display !== false : messageRoles.has(roleOf(record));

/** Links a file's records; of two with one id the later one counts, as for pi. */
export function growTree(records: readonly PiRecord[]): RecordTree {
  const nodes = new Map(records.map((record) => [record.id, record]));
  const leaf = records.at(-1);
  return leaf ? { nodes, leaf } : { nodes };
}

/** The records from the root to `leaf`. */
export function chainTo(tree: RecordTree, leaf: PiRecord | undefined): Chain {
  const records: PiRecord[] = [];
  const seen = new Set<string>();
  let current = leaf;
  while (current && !seen.has(current.id)) {
    seen.add(current.id);
    records.push(current);
    current = parentOf(tree, current);
  }
  records.reverse();
  const [first] = records;
  const isGap = first !== undefined && first.parent !== null && !current;
  return { records, ...(isGap ? { gap: first } : {}), ...(current ? { cycle: true } : {}) };
}

const parentOf = (tree: RecordTree, { parent }: PiRecord): PiRecord | undefined =>
  parent === null ? undefined : tree.nodes.get(parent);

/** The leaves of the branches that hold a message which the active chain does not, in the order of the file. */
export function leftLeaves(tree: RecordTree, active: Chain): readonly PiRecord[] {
  const nearest = nearestMessages(tree);
  const inner = new Set(active.records.map((record) => record.id));
  const last = new Map<string, PiRecord>();
  for (const node of tree.nodes.values()) {
    const message = nearest.get(node.id);
    if (message) {
      last.set(message.id, node);
      const above = parentOf(tree, message);
      const before = above && nearest.get(above.id);
      if (before) {
        inner.add(before.id);
      }
    }
  }
  return [...last].filter(([message]) => !inner.has(message)).map(([, leaf]) => leaf);
}

/** For each record the message that it is or hangs from. */
function nearestMessages(tree: RecordTree): ReadonlyMap<string, PiRecord | undefined> {
  const nearest = new Map<string, PiRecord | undefined>();
  for (const node of tree.nodes.values()) {
    const path: string[] = [];
    let current: PiRecord | undefined = node;
    while (current && !isMessage(current) && !nearest.has(current.id)) {
      path.push(current.id);
      nearest.set(current.id, undefined);
      current = parentOf(tree, current);
    }
    const message = current && (isMessage(current) ? current : nearest.get(current.id));
    for (const id of current === node ? [node.id] : path) {
      nearest.set(id, message);
    }
  }
  return nearest;
}
