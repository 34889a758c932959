import * as vscode from 'vscode';
import type { Message } from '../../core/model.ts';
import { excerpt, messageName } from '../messageWords.ts';
import { pick } from '../pickers/quickPick.ts';

const t = vscode.l10n.t;
const excerptLimit = 90;

interface PromptItem extends vscode.QuickPickItem {
  readonly index: number;
}

/** Lets the person pick one of a session's prompts, newest first. Gives its index (from 0). */
export async function pickPrompt(messages: readonly Message[], title: string): Promise<number | undefined> {
  const items = messages.flatMap((message, index): readonly PromptItem[] =>
    message.kind === 'prompt'
      ? [{ label: excerpt(message, excerptLimit), description: messageName(message, index), index }]
      : [],
  );
  const answer = await pick<PromptItem>({
    title: t('Prompts of “{0}”', title),
    placeholder: t('Search the prompts'),
    items: items.toReversed(),
    back: false,
  });
  return answer === 'back' ? undefined : answer?.index;
}
