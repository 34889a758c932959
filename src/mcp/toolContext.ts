import type { Catalog, ForkOrigin } from '../core/catalog.ts';
import type { ForkService, WhenBusy } from '../core/forkService.ts';

/** What the tools work with, the same in a server of their own and inside VS Code. */
export interface ToolContext {
  readonly catalog: Catalog;
  readonly forkService: ForkService;
  readonly origin: ForkOrigin;
  readonly whenBusy: WhenBusy;
  /** Start of links that open a session, e.g. `vscode://publisher.name`. */
  readonly linkBase: string;
  /** The session that “this” means; undefined where nobody runs in one. */
  readonly self?: Self;
}

/** Who called: the agent, its session when that was known at the start, and the folder that it works in. */
export interface Self {
  readonly agent: string;
  readonly session?: string;
  readonly folder?: string;
}

/** A JSON object, as tools answer. */
export type Answer = Readonly<Record<string, unknown>>;
