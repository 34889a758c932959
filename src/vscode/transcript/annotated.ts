import * as vscode from 'vscode';
import { commonStretch } from '../../core/comparison.ts';
import { type SessionInfo, type SessionRef, sessionKey } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import { lookUp, nameOf, parentOf, type Target } from '../commands/target.ts';
import type { Services } from '../services.ts';
import { nodeName, sessionName } from '../sessionWords.ts';
import { comparedWith, sessionOf, transcriptScheme } from './address.ts';
import { type ComparisonFacts, renderComparison } from './comparison.ts';
import { type Place, type RenderedTranscript, renderTranscript } from './render.ts';

/** A document that shows a session, and where its messages stand: what lenses, hovers and symbols are made from. */
export interface Annotated {
  readonly info: SessionInfo;
  readonly store: SessionStore;
  readonly total: number;
  readonly places: readonly Place[];
}

/** Reads a session and renders it; with `other`, only what the two do not have in common. Throws `no_such_session`. */
export async function renderSession(
  services: Services,
  { info, store }: Target,
  other?: SessionRef,
): Promise<RenderedTranscript & Annotated> {
  const transcript = await store.read(info.ref.id);
  const parent = parentOf(services, info);
  const name = sessionName(transcript.info, parent);
  const rendered = other
    ? renderComparison(transcript, { name, now: Date.now(), ...commonWith(services, info.ref, other) })
    : renderTranscript(transcript, {
        name,
        agentName: store.agent.name,
        ...(parent && { parentName: nameOf(services, parent) }),
      });
  return { ...rendered, info: transcript.info, store, total: transcript.total };
}

function commonWith(
  { catalog }: Services,
  session: SessionRef,
  other: SessionRef,
): Pick<ComparisonFacts, 'common'> {
  const forest = catalog.forest();
  const common = commonStretch(forest, session, other);
  const ancestor = common && forest.nodes.get(sessionKey(common.ancestor));
  return ancestor ? { common: { messages: common.messages, ancestor: nodeName(ancestor) } } : {};
}

/** A transcript as it was rendered last; `at` in ms since 1970. */
interface Shown extends Annotated {
  readonly text: string;
  readonly at: number;
}

/** What is known of the documents that show sessions: transcripts as shown last, and agents' own files. */
export class AnnotatedDocuments {
  readonly #services: Services;
  readonly #shown = new Map<string, Shown>();
  readonly #stale = new Set<string>();
  readonly #files = new WeakMap<
    vscode.TextDocument,
    { readonly version: number; readonly read: Promise<Annotated | undefined> }
  >();

  constructor(services: Services) {
    this.#services = services;
  }

  /** A transcript's document. Throws `no_such_session`. */
  async transcript(uri: vscode.Uri): Promise<{ readonly text: string; readonly at: number }> {
    const key = uri.toString();
    const known = this.#stale.has(key) ? undefined : this.#shown.get(key);
    return known ?? this.#render(uri, key);
  }

  /** The session has changed: the document is rendered anew when it is asked for. */
  renew(uri: vscode.Uri): void {
    this.#stale.add(uri.toString());
  }

  /** What stands where in a document; undefined when it shows no session. */
  async of(document: vscode.TextDocument): Promise<Annotated | undefined> {
    if (document.uri.scheme === transcriptScheme) {
      return this.#shown.get(document.uri.toString());
    }
    const known = this.#files.get(document);
    if (known?.version === document.version) {
      return known.read;
    }
    const read = this.#readFile(document);
    this.#files.set(document, { version: document.version, read });
    return read;
  }

  forget(uri: vscode.Uri): void {
    this.#shown.delete(uri.toString());
  }

  async #render(uri: vscode.Uri, key: string): Promise<Shown> {
    const session = sessionOf(uri);
    if (!session) {
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    this.#stale.delete(key);
    const target = await lookUp(this.#services, session);
    const rendered = await renderSession(this.#services, target, comparedWith(uri));
    const shown = { ...rendered, at: Date.now() };
    this.#shown.set(key, shown);
    return shown;
  }

  async #readFile(document: vscode.TextDocument): Promise<Annotated | undefined> {
    const located = this.#locate(document.uri.fsPath);
    if (!located) {
      return undefined;
    }
    const { store, session } = located;
    const { info, messages, total, first } = await store.read(session.id);
    const places = messages.flatMap((message, offset): Place[] =>
      message.lines
        ? [
            {
              message,
              index: first + offset,
              line: message.lines.first - 1,
              lastLine: message.lines.last - 1,
            },
          ]
        : [],
    );
    return { info, store, total, places };
  }

  #locate(path: string): { readonly store: SessionStore; readonly session: SessionRef } | undefined {
    for (const store of this.#services.catalog.stores()) {
      const id = store.locate?.(path);
      if (id) {
        return { store, session: { agent: store.agent.id, id } };
      }
    }
    return undefined;
  }
}

/** The documents of transcripts that are open and show one of `keys`. */
export const openTranscripts = (keys: ReadonlySet<string>): readonly vscode.Uri[] =>
  vscode.workspace.textDocuments
    .map((document) => document.uri)
    .filter((uri) => {
      const session = uri.scheme === transcriptScheme ? sessionOf(uri) : undefined;
      return session !== undefined && keys.has(sessionKey(session));
    });
