import type { QwenRecord } from './records.ts';

/** All records of one uuid. The first one's place counts; the agent joins the parts of the others to it. */
export interface RecordNode extends QwenRecord {
  readonly fragments: readonly QwenRecord[];
}

/** The records of one file by uuid, in the order of the file, and the record that the agent resumes at. */
export interface RecordTree {
  readonly nodes: ReadonlyMap<string, RecordNode>;
  readonly leaf?: RecordNode;
}

/** Records from a root to a leaf. `gap` is the first one when its parent is missing, `cycle` when it led in a circle. */
export interface Chain {
  readonly records: readonly RecordNode[];
  readonly gap?: RecordNode;
  readonly cycle?: boolean;
}

// Seen in @qwen-code/qwen-code 0.24.4: these stand beside the conversation, never in it.
const sideSubtypes = new Set([
  'session_artifact_event',
  'session_artifact_snapshot',
  'session_sources_snapshot',
  'managed_session_header_v1',
  'managed_session_event_v1',
  'managed_session_commit_v1',
]);

const isSideRecord = (record: QwenRecord): boolean =>
  record.type === 'system' && record.subtype !== undefined && sideSubtypes.has(record.subtype);

/** Whether the record is a message that a person reads: a prompt or a reply. */
export const isMessage = (record: QwenRecord): boolean =>
  (record.type === 'user' || record.type === 'assistant') && record.json.message !== undefined;

/** Links a file's records. The last record of the conversation is the leaf, as when the agent resumes. */
export function growTree(records: readonly QwenRecord[]): RecordTree {
  const groups = Map.groupBy(
    records.filter((record) => !isSideRecord(record)),
    (record) => record.uuid,
  );
  const nodes = new Map<string, RecordNode>();
  for (const [uuid, fragments] of groups) {
    const [first] = fragments;
    if (first) {
      nodes.set(uuid, { ...first, fragments });
    }
  }
  const last = records.findLast((record) => !isSideRecord(record));
  const leaf = last && nodes.get(last.uuid);
  return leaf ? { nodes, leaf } : { nodes };
}

/** The records from the root to `leaf`. */
export function chainTo(tree: RecordTree, leaf: RecordNode | undefined): Chain {
  const records: RecordNode[] = [];
  const seen = new Set<string>();
  let current = leaf;
  while (current && !seen.has(current.uuid)) {
    seen.add(current.uuid);
    records.push(current);
    current = parentOf(tree, current);
  }
  records.reverse();
  const [first] = records;
  const isGap = first !== undefined && first.parent !== null && first.parent !== '' && !current;
  return { records, ...(isGap ? { gap: first } : {}), ...(current ? { cycle: true } : {}) };
}

function parentOf(tree: RecordTree, record: QwenRecord): RecordNode | undefined {
  return record.parent === null ? undefined : tree.nodes.get(record.parent);
}

/**
 * The leaves of branches that were left by a rewind or by a second process, in the order of the file. Only branches
 * that hold a message which the active chain does not; siblings that carry no message of their own are no branches.
 */
export function leftLeaves(tree: RecordTree, active: Chain): readonly RecordNode[] {
  const nearest = nearestMessages(tree);
  const inner = new Set(active.records.map((record) => record.uuid));
  const last = new Map<string, RecordNode>();
  for (const node of tree.nodes.values()) {
    const message = nearest.get(node.uuid);
    // Each resume writes the title anew beside the conversation: such a record ends no branch.
    if (message && node.subtype !== 'custom_title') {
      last.set(message.uuid, node);
      const above = parentOf(tree, message);
      const before = above && nearest.get(above.uuid);
      if (before) {
        inner.add(before.uuid);
      }
    }
  }
  return [...last].filter(([message]) => !inner.has(message)).map(([, leaf]) => leaf);
}

/** For each record the message that it is or hangs from. */
function nearestMessages(tree: RecordTree): ReadonlyMap<string, RecordNode | undefined> {
  const nearest = new Map<string, RecordNode | undefined>();
  for (const node of tree.nodes.values()) {
    const path: string[] = [];
    let current: RecordNode | undefined = node;
    while (current && !isMessage(current) && !nearest.has(current.uuid)) {
      path.push(current.uuid);
      nearest.set(current.uuid, undefined);
      current = parentOf(tree, current);
    }
    const message = current && (isMessage(current) ? current : nearest.get(current.uuid));
    for (const uuid of [...path, ...(current === node ? [node.uuid] : [])]) {
      nearest.set(uuid, message);
    }
  }
  return nearest;
}
