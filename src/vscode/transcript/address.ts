import * as vscode from 'vscode';
import { agentId, type SessionRef, sessionId } from '../../core/model.ts';

/** The scheme of transcripts as documents. */
export const transcriptScheme = 'agent-session';

/** The address of a session's transcript. Its path is what tab and breadcrumbs show. */
export function transcriptUri(session: SessionRef, name: string): vscode.Uri {
  const title = name.replace(/[/\\]/gu, ' ').trim() || 'session';
  const query = `${session.agent}/${encodeURIComponent(session.id)}`;
  return vscode.Uri.from({ scheme: transcriptScheme, path: `/${title}.md`, query });
}

/** The session of an address; undefined for one that we did not make. */
export function sessionOf(uri: vscode.Uri): SessionRef | undefined {
  const [agent, id] = uri.query.split('/');
  return agent && id ? { agent: agentId(agent), id: sessionId(decodeURIComponent(id)) } : undefined;
}
