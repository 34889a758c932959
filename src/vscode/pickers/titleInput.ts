import * as vscode from 'vscode';
import { t } from '../words.ts';
import type { Back } from './quickPick.ts';

/** Lets the person accept or change the proposed title. An empty one means the proposed. */
export function askForkTitle(heading: string, proposed: string): Promise<string | Back | undefined> {
  const input = vscode.window.createInputBox();
  input.title = heading;
  input.value = proposed;
  input.valueSelection = [0, proposed.length];
  input.prompt = t(
    'Title of the fork. Enter accepts, Esc cancels; nothing is written before. Files on disk are not rewound.',
  );
  input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise((resolve) => {
    const answer = (value: string | undefined): void => {
      resolve(value);
      input.hide();
    };
    input.onDidAccept(() => answer(input.value.trim() || proposed));
    input.onDidTriggerButton(() => answer('back'));
    input.onDidHide(() => {
      resolve(undefined);
      input.dispose();
    });
    input.show();
  });
}
