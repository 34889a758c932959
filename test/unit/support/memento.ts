import type * as vscode from 'vscode';

/** Keeps JSON, as VS Code does. */
export function memento(values: Record<string, unknown> = {}): vscode.Memento {
  return {
    keys: () => Object.keys(values),
    get: (key: string) => values[key],
    update: async (key, value) => {
      if (value === undefined) {
        delete values[key];
      } else {
        values[key] = JSON.parse(JSON.stringify(value));
      }
    },
  };
}
