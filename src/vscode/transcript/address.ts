import * as vscode from 'vscode';
import { agentId, type SessionRef, sessionId } from '../../core/model.ts';

/** The scheme of transcripts as documents. */
export const transcriptScheme = 'agent-session';

/** The address of a session's transcript. Its last part is what the tab shows. */
export function transcriptUri(session: SessionRef, name: string): vscode.Uri {
  const title = name.replace(/[/\\]/gu, ' ').trim() || 'session';
  const path = `/${session.agent}/${encodeURIComponent(session.id)}/${title}.md`;
  return vscode.Uri.from({ scheme: transcriptScheme, path });
}

/** The session of an address; undefined for one that we did not make. */
export function sessionOf(uri: vscode.Uri): SessionRef | undefined {
  const [, agent, id] = uri.path.split('/');
  return agent && id ? { agent: agentId(agent), id: sessionId(decodeURIComponent(id)) } : undefined;
}
