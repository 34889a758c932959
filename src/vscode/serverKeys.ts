import type * as vscode from 'vscode';
import type { AgentId } from '../core/model.ts';

/** The keys of agents' servers, in VS Code's secret storage. */
export interface ServerKeys {
  get(agent: AgentId): Promise<string | undefined>;
  /** An empty key takes the stored one away. */
  set(agent: AgentId, key: string): Promise<void>;
}

const nameOf = (agent: AgentId): string => `serverKey:${agent}`;

export const serverKeys = (secrets: vscode.SecretStorage): ServerKeys => ({
  get: async (agent) => secrets.get(nameOf(agent)),
  set: async (agent, key) => (key === '' ? secrets.delete(nameOf(agent)) : secrets.store(nameOf(agent), key)),
});
