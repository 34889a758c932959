import type { Choice, Conversation, SessionOptions } from '../../core/liveAgent.ts';
import { modeAtStart } from '../../core/modes.ts';

/**
 * Sets the mode and model that a panel shows, before anything is sent. Returns a bypass that it shows, which is not
 * set. Throws what the agent says when it refuses: then the conversation must not go on.
 */
export async function goOnAs(
  conversation: Conversation,
  shown: SessionOptions | undefined,
): Promise<Choice | undefined> {
  const came = conversation.options();
  const { set, offer } = modeAtStart(came, shown?.mode);
  if (set) {
    await conversation.setMode(set.id);
  }
  const model = shown?.model;
  if (model !== undefined && model !== came.model && came.models.some(({ id }) => id === model)) {
    await conversation.setModel(model);
  }
  return offer;
}
