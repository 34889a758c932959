import type { Catalog } from '../../core/catalog.ts';
import type { SessionInfo, Transcript } from '../../core/model.ts';

/** How much a session and its parent held at one moment. */
export interface Sizes {
  readonly own: number;
  readonly parent: string;
}

/** What was read after a turn, and which session grew by it. */
export interface Grown {
  readonly transcript: Transcript;
  readonly grew: 'own' | 'astray' | 'nothing';
}

const attempts = 6;
const pauseMs = 250;

export function sizesOf(catalog: Catalog, transcript: Transcript): Sizes {
  return { own: transcript.total, parent: parentStamp(catalog, transcript.info) };
}

/**
 * Reads until the session holds more than `before`: agents may flush a moment after the turn is over.
 * `astray`: it never grew, but the session it was forked from did.
 */
export async function awaitGrowth(
  catalog: Catalog,
  before: Sizes,
  read: () => Promise<Transcript>,
): Promise<Grown> {
  for (let attempt = 1; ; attempt++) {
    const transcript = await read();
    if (transcript.total > before.own) {
      return { transcript, grew: 'own' };
    }
    if (attempt === attempts) {
      await catalog.refresh(transcript.info.ref.agent);
      const astray = parentStamp(catalog, transcript.info) !== before.parent;
      return { transcript, grew: astray ? 'astray' : 'nothing' };
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function parentStamp(catalog: Catalog, info: SessionInfo): string {
  const parent = info.lineage && catalog.get(info.lineage.parent);
  return parent ? `${parent.messageCount}` : '';
}
