import type { Conversation, ConversationObserver } from './liveAgent.ts';

/** The same conversation, but for what is `own`. */
export const wrappedConversation = (inner: Conversation, own: Partial<Conversation>): Conversation => ({
  session: inner.session,
  options: () => inner.options(),
  prompt: (input) => inner.prompt(input),
  cancel: () => inner.cancel(),
  setMode: (id) => inner.setMode(id),
  setModel: (id) => inner.setModel(id),
  close: () => inner.close(),
  ...own,
});

/** The same observer, but for what is `own`. */
export const wrappedObserver = (
  inner: ConversationObserver,
  own: Partial<ConversationObserver>,
): ConversationObserver => ({
  update: (update) => inner.update(update),
  permission: (request) => inner.permission(request),
  ended: (error) => inner.ended(error),
  ...own,
});
