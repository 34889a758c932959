import * as vscode from 'vscode';
import type { Row } from '../../src/vscode/tree/rows.ts';
import type { SessionTree } from '../../src/vscode/tree/sessionTree.ts';

/** The rows as text: two spaces a level, icon, label, description without the age. */
export async function drawTree(tree: SessionTree, parent?: Row, indent = ''): Promise<string[]> {
  const rows = await tree.getChildren(parent);
  const lines: string[] = [];
  for (const row of rows) {
    const item = await tree.getTreeItem(row);
    const icon = item.iconPath instanceof vscode.ThemeIcon ? item.iconPath.id : '';
    const description = String(item.description).replace(/ · \d+ (s|min|h|d)/u, '');
    lines.push(`${indent}${icon} ${String(item.label)} | ${description}`);
    lines.push(...(await drawTree(tree, row, `${indent}  `)));
  }
  return lines;
}
