import * as vscode from 'vscode';
import type { Message, TokenUsage } from '../../core/model.ts';
import { sessionCapabilities } from '../../core/store.ts';
import { type CommandId, commandLink } from '../commands/commandTypes.ts';
import { modelName } from '../messageWords.ts';
import type { Services } from '../services.ts';
import { nodeName } from '../sessionWords.ts';
import { forksAt, verbOf } from '../verbs.ts';
import { clock, dotted, number, plainMarkdown, t } from '../words.ts';
import type { Annotated } from './annotated.ts';
import type { Place } from './render.ts';

/** The only commands that a link in a hover may run. */
const enabledCommands: readonly CommandId[] = [
  'sessionForks.fork',
  'sessionForks.open',
  'sessionForks.copyMessage',
];

/** What a message's heading says on hover: number, time, model, tokens, its forks and the verb as links. */
export function hoverOf(services: Services, document: Annotated, place: Place): vscode.Hover {
  const text = [
    titleLine(place, document.total),
    factsLine(place.message),
    forksLine(services, document, place),
    `---\n\n${linksLine(document, place)}`,
  ];
  const markdown = new vscode.MarkdownString(text.filter(Boolean).join('\n\n'), true);
  markdown.isTrusted = { enabledCommands };
  return new vscode.Hover(markdown);
}

function titleLine({ message, index }: Place, total: number): string {
  const title = `**${t('Message {0} of {1}', number(index + 1), number(total))}**`;
  const kind = message.kind === 'prompt' ? t('prompt') : t('reply');
  return dotted(title, kind, message.at === undefined ? undefined : clock(message.at));
}

function factsLine(message: Message): string | undefined {
  if (message.kind === 'prompt') {
    return undefined;
  }
  const model = message.model && plainMarkdown(modelName(message.model));
  return dotted(model, message.usage && tokens(message.usage));
}

const tokens = (usage: TokenUsage): string =>
  dotted(t('{0} tokens in', number(usage.input)), t('{0} out', number(usage.output)));

function forksLine(services: Services, { info }: Annotated, { index }: Place): string | undefined {
  const forks = forksAt(services, info).get(index + 1) ?? [];
  const links = forks.map((fork) => link(nodeName(fork), commandLink('sessionForks.open', fork.info.ref)));
  return links.length === 0 ? undefined : t('Forks from here: {0}', links.join(', '));
}

function linksLine({ info, store }: Annotated, { message, index }: Place): string {
  const verb = verbOf(message, index, sessionCapabilities(store.capabilities, info));
  const target = { ...info.ref, message: message.id };
  const links = [
    link(t('Copy'), commandLink('sessionForks.copyMessage', target)),
    link(t('Open in chat panel'), commandLink('sessionForks.open', target)),
  ];
  if (verb) {
    const argument = { ...info.ref, point: verb.point, origin: 'lens' } as const;
    links.unshift(`$(${verb.icon}) ${link(verb.title, commandLink('sessionForks.fork', argument))}`);
  }
  return links.join('&nbsp;&nbsp;&nbsp;');
}

const link = (text: string, address: string): string => `[${plainMarkdown(text)}](${address})`;
