import * as vscode from 'vscode';
import { errorText } from '../../core/errors.ts';
import type { ForkResult } from '../../core/forkService.ts';
import type { ForkPoint } from '../../core/model.ts';
import type { FromPage, NoticeAction, PanelCommand } from '../../protocol.ts';
import type { Panels } from '../services.ts';
import type { EditDocuments } from './editDocuments.ts';
import type { LastEditor } from './lastEditor.ts';
import type { Mentions } from './mentions.ts';
import { parseFromPage } from './messages.ts';
import type { SessionPanel } from './panel.ts';
import { droppedAttachments, openNamedFile, openWebLink, pickAttachments } from './picks.ts';
import { installInTerminal, signIn } from './terminals.ts';

/** What the page's wishes are carried out with. */
export interface ActionContext {
  readonly panel: SessionPanel;
  readonly panels: Panels;
  readonly edits: EditDocuments;
  readonly editor: LastEditor;
  readonly mentions: Mentions;
  /** Ends the agents of all panels that have nothing to do. */
  endIdle(): Promise<void>;
}

type Actions<Name extends string, Message> = {
  readonly [Key in Name]: (
    context: ActionContext,
    message: Extract<Message, { type: Key }>,
  ) => unknown | Promise<unknown>;
};

/** Does what the page asks for. What is no message of the protocol is ignored; what fails is told once. */
export async function handlePageMessage(context: ActionContext, value: unknown): Promise<void> {
  const message = parseFromPage(value);
  if (!message) {
    context.panel.services.log.warn('The chat panel sent something that is no message.');
    return;
  }
  try {
    await dispatch(context, message);
  } catch (error) {
    context.panel.services.log.error(`${message.type}: ${errorText(error)}`);
    void vscode.window.showErrorMessage(errorText(error));
  }
}

function dispatch<Type extends FromPage['type']>(
  context: ActionContext,
  message: Extract<FromPage, { type: Type }>,
): unknown {
  const act: (context: ActionContext, message: Extract<FromPage, { type: Type }>) => unknown =
    actions[message.type as Type];
  return act(context, message);
}

const actions: Actions<FromPage['type'], FromPage> = {
  ready: ({ panel }) => panel.pageReady(),
  load: ({ panel }, { from, to }) => panel.load(from, to),
  find: ({ panel }, query) => panel.find(query),
  outline: ({ panel }) => panel.showOutline(),
  seekPrompt: ({ panel }, { from, back }) => panel.seekPrompt(from, back),
  prompt: ({ panel }, { type: _, ...input }) => panel.live.prompt(input),
  askAside: ({ panel }, { text, attachments }) => panel.side.ask({ text, attachments }),
  closeAside: ({ panel }) => panel.side.close(),
  stop: ({ panel }) => panel.live.stop(),
  start: ({ panel }) => panel.live.resume(),
  editQueued: ({ panel }, { number }) => {
    const input = panel.live.unqueue(number);
    if (input) {
      panel.post({ type: 'compose', ...input });
    }
  },
  dropQueued: ({ panel }, { number }) => panel.live.unqueue(number),
  sendQueued: ({ panel }, { number }) => panel.live.sendNow(number),
  sendQueue: ({ panel }) => panel.live.resume(),
  permission: ({ panel }, { request, option }) => panel.live.answer(request, option),
  forkAfter: ({ panel }, { message }) => fork(panel, { after: message }),
  forkBefore: ({ panel }, { message }) => fork(panel, { before: message }),
  fork: ({ panel }, { title }) => forkTitled(panel, title),
  open: ({ panel }, message) => openAt(panel, message),
  showTranscript: ({ panel }, { message }) => panel.services.commands.openTranscript(panel.session, message),
  showLine: ({ panel }, { line }) => showLine(panel, line),
  openDiff: (context, message) => openDiff(context, message),
  copy: (_, { text }) => vscode.env.clipboard.writeText(text),
  insert: ({ editor }, { text }) => editor.insert(text),
  openFile: ({ panel }, { path }) => openNamedFile(path, panel.folder),
  openLink: (_, { url }) => openWebLink(url),
  attach: async ({ panel }) =>
    panel.post({ type: 'compose', text: '', attachments: await pickAttachments() }),
  attachFiles: async ({ panel }, { uris }) =>
    panel.post({ type: 'compose', text: '', attachments: await droppedAttachments(uris) }),
  findMentions: async ({ panel, mentions }, { query }) =>
    panel.post({ type: 'mentions', query, mentions: await mentions.find(query, panel.folder) }),
  action: (context, { id }) => noticeActions[id](context),
  signIn: ({ panel }, { method }) => signIn(panel, method),
  command: (context, { id }) => panelCommands[id](context),
  setMode: ({ panel }, { id }) => panel.live.setMode(id),
  setModel: ({ panel }, { id }) => panel.live.setModel(id),
};

const noticeActions: Readonly<Record<NoticeAction, (context: ActionContext) => unknown>> = {
  checkAgain: ({ panel }) => panel.live.resume(),
  startAgain: ({ panel }) => panel.live.resume(),
  retry: ({ panel }) => panel.live.resume(),
  dismiss: ({ panel }) => panel.live.notify(undefined),
  endIdle: async ({ panel, endIdle }) => {
    await endIdle();
    panel.live.resume();
  },
  takeOffer: ({ panel }) => panel.live.takeOffer(),
  forkForModel,
  installInTerminal: ({ panel }) => installInTerminal(panel),
  manageTrust: () => vscode.commands.executeCommand('workbench.trust.manage'),
  resumeInTerminal: ({ panel }) => panel.services.commands.resumeInTerminal(panel.session),
  setKey: () => vscode.commands.executeCommand('sessionForks.setServerKey'),
  setLimit: ({ panel }) => panel.services.commands.openSetting('sessionForks.maxLiveAgents'),
  setPath: ({ panel }) => openPathSetting(panel),
  showLog: ({ panel }) => panel.services.commands.showLog(),
};

const panelCommands: Readonly<Record<PanelCommand, (context: ActionContext) => unknown>> = {
  copyResumeCommand: ({ panel }) => panel.services.commands.copyResumeCommand(panel.session),
  rename: ({ panel }) => panel.services.commands.rename(panel.session),
  resumeInTerminal: ({ panel }) => panel.services.commands.resumeInTerminal(panel.session),
  showInTree: ({ panel }) => panel.services.commands.showInTree(panel.session),
  showLog: ({ panel }) => panel.services.commands.showLog(),
};

const fork = (panel: SessionPanel, point: ForkPoint, title?: string): Promise<ForkResult | undefined> =>
  panel.whileForking(() =>
    panel.services.commands.fork({ source: panel.session, point, origin: 'panel', ...(title && { title }) }),
  );

/** Without a fork the title goes back to where it was typed. */
async function forkTitled(panel: SessionPanel, title: string | undefined): Promise<void> {
  const made = await fork(panel, 'end', title);
  if (!made && title) {
    panel.post({ type: 'compose', text: `/fork ${title}`, attachments: [] });
  }
}

/** The prompt that was refused goes along, to be sent with another model. */
async function forkForModel({ panel, panels }: ActionContext): Promise<void> {
  // The notice may be there before the prompt is back in the queue.
  await panel.live.settled();
  const made = await fork(panel, 'end');
  const refused = made && panel.live.unqueueFirst();
  if (refused) {
    panel.live.notify(undefined);
    await panels.open(made.session, { draft: refused });
  }
}

async function openAt(
  panel: SessionPanel,
  { session, message: number, top }: Extract<FromPage, { type: 'open' }>,
): Promise<void> {
  const store = panel.services.catalog.store(session.agent);
  const range = number ? { from: number - 1, to: number } : undefined;
  const found = range && (await store?.read(session.id, range));
  await panel.services.commands.open(session, found?.messages[0]?.id, top);
}

async function showLine({ info, folder }: SessionPanel, line: number): Promise<void> {
  if (info.file) {
    await openNamedFile(`${info.file.path}:${line}`, folder);
  }
}

async function openDiff(
  { panel, edits }: ActionContext,
  wanted: Extract<FromPage, { type: 'openDiff' }>,
): Promise<void> {
  const message = await panel.message(wanted.message);
  const parts = message?.kind === 'reply' ? message.parts : [];
  const call = parts.find((part) => part.kind === 'tool' && part.id === wanted.tool);
  const edit = call?.kind === 'tool' ? call.edits?.[wanted.edit] : undefined;
  if (edit) {
    await edits.show(edit);
  }
}

async function openPathSetting(panel: SessionPanel): Promise<void> {
  const install = panel.services.liveAgents.get(panel.session.agent)?.install;
  if (install) {
    await panel.services.commands.openSetting(install.setting);
  }
}
