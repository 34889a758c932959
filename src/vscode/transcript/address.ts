import * as vscode from 'vscode';
import { agentId, type SessionRef, sessionId } from '../../core/model.ts';

/** The scheme of transcripts as documents. */
export const transcriptScheme = 'agent-session';

/**
 * The address of a session's transcript. Its path is what tab and breadcrumbs show. With `other`, of the part that the
 * two sessions do not have in common.
 */
export function transcriptUri(session: SessionRef, name: string, other?: SessionRef): vscode.Uri {
  const title = name.replace(/[/\\]/gu, ' ').trim() || 'session';
  const query = [session, ...(other ? [other] : [])].map(toText).join('/');
  return vscode.Uri.from({ scheme: transcriptScheme, path: `/${title}.md`, query });
}

/** The session of an address; undefined for one that we did not make. */
export const sessionOf = (uri: vscode.Uri): SessionRef | undefined => toSession(uri.query.split('/'));

/** The session that the one of an address is compared with. */
export const comparedWith = (uri: vscode.Uri): SessionRef | undefined =>
  toSession(uri.query.split('/').slice(2));

const toText = ({ agent, id }: SessionRef): string => `${agent}/${encodeURIComponent(id)}`;

const toSession = ([agent, id]: readonly string[]): SessionRef | undefined =>
  agent && id ? { agent: agentId(agent), id: sessionId(decodeURIComponent(id)) } : undefined;
