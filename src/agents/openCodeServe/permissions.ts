import type { Inbox } from '../acp/inbox.ts';
import type { FolderServer } from './folderServer.ts';
import { askedSchema, repliedSchema } from './schema.ts';
import { callOf, permissionOptions } from './updates.ts';

/** Puts the server's questions to the person, until one is answered here or by another client. */
export class Permissions {
  readonly #server: FolderServer;
  readonly #inbox: Inbox;
  readonly #open = new Map<string, AbortController>();

  constructor(server: FolderServer, inbox: Inbox) {
    this.#server = server;
    this.#inbox = inbox;
  }

  /** Asks for `session`, whose subagents' questions are its own, and answers the server unless the turn was stopped. */
  async ask(session: string, properties: unknown, signal: AbortSignal): Promise<void> {
    const asked = askedSchema.parse(properties);
    const elsewhere = new AbortController();
    this.#open.set(asked.id, elsewhere);
    const request = { sessionId: session, toolCall: callOf(asked), options: [...permissionOptions] };
    const reply = await this.#inbox.permission(request, elsewhere.signal);
    this.#open.delete(asked.id);
    if (reply !== undefined && !elsewhere.signal.aborted) {
      await this.#server.ask('POST', `/permission/${encodeURIComponent(asked.id)}/reply`, { reply }, signal);
    }
  }

  answeredElsewhere(properties: unknown): void {
    const replied = repliedSchema.safeParse(properties).data;
    this.#open.get(replied?.requestID ?? '')?.abort();
  }
}
