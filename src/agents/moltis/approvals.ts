import type { ConversationObserver, LiveToolCall, PermissionOption } from '../../core/liveAgent.ts';
import type { Gateway } from './gateway.ts';
import type { Approval } from './schema.ts';

/** `always`: the gateway then runs the very same command unasked until it is started anew, in every session. */
const options: readonly PermissionOption[] = [
  { id: 'once', name: 'Allow', kind: 'allow_once' },
  { id: 'always', name: 'Always allow this command', kind: 'allow_always' },
  { id: 'deny', name: 'Deny', kind: 'reject_once' },
];

/** The commands that wait for the person's word. */
export class Approvals {
  readonly #gateway: Gateway;
  readonly #observer: ConversationObserver;
  readonly #open = new Map<string, (end: 'cancelled' | 'elsewhere') => void>();

  constructor(gateway: Gateway, observer: ConversationObserver) {
    this.#gateway = gateway;
    this.#observer = observer;
  }

  /** Asks the person and tells the gateway. A question that was answered elsewhere meanwhile is dropped. */
  async ask({ requestId, command }: Approval, call: LiveToolCall): Promise<void> {
    if (this.#open.has(requestId)) {
      return;
    }
    const end = Promise.withResolvers<'cancelled' | 'elsewhere'>();
    this.#open.set(requestId, end.resolve);
    try {
      const asked = this.#observer.permission({ id: requestId, call, options });
      const answer = await Promise.race([asked, end.promise]);
      if (answer !== 'elsewhere') {
        const decision = decisionOf(answer === 'cancelled' ? 'deny' : answer.option, command);
        await this.#gateway.request('exec.approval.resolve', { requestId, ...decision });
      }
    } finally {
      this.#open.delete(requestId);
    }
  }

  resolvedElsewhere(requestId: string): void {
    this.#open.get(requestId)?.('elsewhere');
  }

  /** Denies what is open, or with `elsewhere` leaves it to whoever answers it. */
  end(how: 'cancelled' | 'elsewhere'): void {
    for (const end of [...this.#open.values()]) {
      end(how);
    }
  }
}

function decisionOf(option: string, command: string): Readonly<Record<string, string>> {
  switch (option) {
    case 'once':
      return { decision: 'approved' };
    case 'always':
      return { decision: 'approved', command };
    default:
      return { decision: 'denied' };
  }
}
