import * as vscode from 'vscode';

export type Back = 'back';

export interface PickOptions<Item extends vscode.QuickPickItem> {
  readonly title: string;
  readonly placeholder: string;
  /** The line below the input, where VS Code has one. */
  readonly prompt?: string;
  readonly items: readonly Item[];
  /** A button that leads to the step before. */
  readonly back: boolean;
  /** Words of an item besides those it shows, by which it is found as well. */
  readonly hiddenWords?: (item: Item) => string;
  /** Called for a row's button; true closes the picker without an answer. */
  readonly onButton?: (item: Item, button: vscode.QuickInputButton) => boolean;
}

/** Lets the person pick one item. `back`: the step before is wanted. Undefined: cancelled. */
export function pick<Item extends vscode.QuickPickItem>(
  options: PickOptions<Item>,
): Promise<Item | Back | undefined> {
  const picker = vscode.window.createQuickPick<Item>();
  fill(picker, options);
  return new Promise((resolve) => {
    const answer = (value: Item | Back | undefined): void => {
      resolve(value);
      picker.hide();
    };
    picker.onDidAccept(() => {
      const [item] = picker.selectedItems;
      if (item) {
        answer(item);
      }
    });
    picker.onDidTriggerButton(() => answer('back'));
    picker.onDidTriggerItemButton(
      ({ item, button }) => options.onButton?.(item, button) && answer(undefined),
    );
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

function fill<Item extends vscode.QuickPickItem>(
  picker: vscode.QuickPick<Item>,
  options: PickOptions<Item>,
): void {
  picker.title = options.title;
  picker.placeholder = options.placeholder;
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.items = options.items;
  picker.buttons = options.back ? [vscode.QuickInputButtons.Back] : [];
  // Newer than the oldest VS Code that we run in.
  if (options.prompt && 'prompt' in picker) {
    Object.assign(picker, { prompt: options.prompt });
  }
  const { hiddenWords } = options;
  if (hiddenWords) {
    picker.onDidChangeValue((value) => {
      picker.items = options.items.map((item) => ({ ...item, alwaysShow: has(hiddenWords(item), value) }));
    });
  }
}

const has = (words: string, value: string): boolean =>
  value.trim() !== '' && words.toLocaleLowerCase().includes(value.trim().toLocaleLowerCase());

/** A line between the items. */
export const separator = (label: string): vscode.QuickPickItem => ({
  label,
  kind: vscode.QuickPickItemKind.Separator,
});
