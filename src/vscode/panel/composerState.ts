import type { SessionOptions } from '../../core/liveAgent.ts';
import { isSubagentRun, type SessionInfo } from '../../core/model.ts';
import type { Capabilities } from '../../core/store.ts';
import type { ComposerState, Draft, QueuedPrompt } from '../../protocol.ts';
import type { Translate } from './words.ts';

export interface ComposerFacts {
  readonly info: SessionInfo;
  readonly agentName: string;
  /** A live agent for this kind of session is known. */
  readonly canGoOn: boolean;
  readonly capabilities: Pick<Capabilities, 'forkAt' | 'remove'>;
  readonly options?: SessionOptions;
  readonly queue: readonly QueuedPrompt[];
  readonly draft?: Draft;
  readonly t: Translate;
}

/** What the composer offers, or why it cannot be used. Pure. */
export function buildComposer(facts: ComposerFacts): ComposerState {
  const { options, capabilities } = facts;
  const reason = whyNot(facts);
  return {
    enabled: reason === undefined,
    ...(reason !== undefined && { reason }),
    ...(facts.draft && { draft: facts.draft }),
    modes: options?.modes ?? [],
    ...(options?.mode !== undefined && { mode: options.mode }),
    models: options?.models ?? [],
    ...(options?.model !== undefined && { model: options.model }),
    commands: options?.commands ?? [],
    ...(options && { images: options.images }),
    side: reason === undefined && capabilities.forkAt !== 'none' && capabilities.remove,
    queue: facts.queue,
  };
}

function whyNot({ info, agentName, canGoOn, t }: ComposerFacts): string | undefined {
  if (info.lineage?.kind === 'rewound') {
    return t('A rewound branch stays as it is. Fork it to go on from here.');
  }
  if (isSubagentRun(info)) {
    return t('The run of a subagent can only be read. Go on in the session that started it.');
  }
  if (info.readOnly) {
    return t('{0} writes this session by itself. It can only be read.', agentName);
  }
  return canGoOn ? undefined : t('{0} sessions can be read and forked here, but not carried on.', agentName);
}
