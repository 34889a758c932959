import * as vscode from 'vscode';
import type { LoadServices, Services } from '../services.ts';
import { settings } from '../settings.ts';
import { transcriptScheme } from './address.ts';
import type { Annotated, AnnotatedDocuments } from './annotated.ts';
import { TranscriptFiles } from './transcriptFiles.ts';

const transcripts: vscode.DocumentSelector = { scheme: transcriptScheme };
/** Transcripts and the agents' own files. */
const sessions: vscode.DocumentSelector = [
  { scheme: transcriptScheme },
  { scheme: 'file', pattern: '**/*.jsonl' },
];

/** Transcripts as documents, with lenses, hovers and symbols. What makes them is loaded with the first document. */
export function registerTranscripts(load: LoadServices): vscode.Disposable {
  const documents = new LazyDocuments(load);
  return vscode.Disposable.from(
    documents,
    vscode.workspace.registerFileSystemProvider(transcriptScheme, documents.files, {
      isCaseSensitive: true,
      isReadonly: true,
    }),
    vscode.languages.registerCodeLensProvider(sessions, documents),
    vscode.languages.registerHoverProvider(sessions, documents),
    vscode.languages.registerDocumentSymbolProvider(transcripts, documents),
  );
}

class LazyDocuments implements vscode.CodeLensProvider, vscode.HoverProvider, vscode.DocumentSymbolProvider {
  readonly #load: LoadServices;
  readonly files = new TranscriptFiles(async (uri) => (await this.#ready()).documents.transcript(uri));
  readonly #lenses = new vscode.EventEmitter<void>();
  readonly #parts: vscode.Disposable[] = [];
  #made: Promise<{ readonly services: Services; readonly documents: AnnotatedDocuments }> | undefined;

  readonly onDidChangeCodeLenses = this.#lenses.event;

  constructor(load: LoadServices) {
    this.#load = load;
    this.#parts.push(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('sessionForks.codeLens')) {
          this.#lenses.fire();
        }
      }),
    );
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!settings.codeLens()) {
      return [];
    }
    const known = await this.#annotated(document);
    const { lensesOf } = await import('./lenses.ts');
    return known ? lensesOf(known.services, known.document) : [];
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    if (!settings.hover()) {
      return undefined;
    }
    const known = await this.#annotated(document);
    // In a transcript only the heading answers: text that is read must not be covered.
    const whole = document.uri.scheme !== transcriptScheme;
    const place = known?.document.places.find(
      ({ line, lastLine }) =>
        line === position.line || (whole && line <= position.line && position.line <= lastLine),
    );
    const { hoverOf } = await import('./hover.ts');
    return known && place ? hoverOf(known.services, known.document, place) : undefined;
  }

  async provideDocumentSymbols(document: vscode.TextDocument): Promise<vscode.DocumentSymbol[]> {
    const known = await this.#annotated(document);
    const { symbolsOf } = await import('./symbols.ts');
    return known ? symbolsOf(document, known.document) : [];
  }

  dispose(): void {
    vscode.Disposable.from(this.files, this.#lenses, ...this.#parts).dispose();
  }

  async #annotated(
    document: vscode.TextDocument,
  ): Promise<{ readonly services: Services; readonly document: Annotated } | undefined> {
    const { services, documents } = await this.#ready();
    const annotated = await documents.of(document);
    return annotated && { services, document: annotated };
  }

  #ready(): Promise<{ readonly services: Services; readonly documents: AnnotatedDocuments }> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<{ readonly services: Services; readonly documents: AnnotatedDocuments }> {
    const services = await this.#load();
    const { AnnotatedDocuments, openTranscripts } = await import('./annotated.ts');
    const documents = new AnnotatedDocuments(services);
    this.#parts.push(
      services.catalog.onDidChange(({ changed }) => {
        this.#lenses.fire();
        for (const uri of openTranscripts(new Set(changed))) {
          documents.renew(uri);
          this.files.changed(uri);
        }
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => documents.forget(uri)),
    );
    return { services, documents };
  }
}
