import type {
  ConversationObserver,
  LiveAgent,
  LiveToolCall,
  LiveUpdate,
  PermissionRequest,
} from '../../../src/core/liveAgent.ts';

/** Hears what a conversation tells, as the chat panel does, and answers all that it asks for in one way. */
export function listen(choose: 'allow_once' | 'reject_once' = 'allow_once') {
  const updates: LiveUpdate[] = [];
  const asked: PermissionRequest[] = [];
  const ends: unknown[] = [];
  const observer: ConversationObserver = {
    update: (update) => void updates.push(update),
    permission: async (request) => {
      asked.push(request);
      const option = request.options.find(({ kind }) => kind === choose);
      return option ? { option: option.id } : 'cancelled';
    },
    ended: (error) => void ends.push(error?.code),
  };
  const spoken = (kind: 'text' | 'thinking' = 'text'): string =>
    updates.flatMap((update) => (update.kind === kind ? [update.text] : [])).join('');
  const calls = (): readonly LiveToolCall[] =>
    updates.flatMap((update) => (update.kind === 'tool' ? [update.call] : []));
  return { observer, updates, asked, ends, spoken, calls };
}

/** For an agent whose server must do the work: without it, sessions are not carried on. */
export const nothingElse = ({ agent }: Pick<LiveAgent, 'agent'>): LiveAgent => ({
  agent,
  install: { command: '', setting: '' },
  open: async () => {
    throw new Error('carried on otherwise');
  },
});
