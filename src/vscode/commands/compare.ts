import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionRef } from '../../core/model.ts';
import { pickSession } from '../pickers/sessionPicker.ts';
import type { Services } from '../services.ts';
import { transcriptUri } from '../transcript/address.ts';
import { t } from '../words.ts';
import { type CompareArgument, isSession } from './commandTypes.ts';
import { lookUp, nameOf, requireParent, type Target, targetOf } from './target.ts';

/**
 * Shows what two sessions do not have in common side by side. Without an argument it takes the two rows that are
 * selected in the tree, or asks for both.
 */
export async function compare(services: Services, argument: CompareArgument | undefined): Promise<void> {
  await services.listed();
  if (argument?.other !== undefined && !isSession(argument.other)) {
    throw new SessionForksError('no_source', t('Compare needs two sessions.'));
  }
  const pair = argument?.other ? [argument, argument.other] : services.tree.selection();
  const [one, other] = pair.length === 2 ? pair : await pickTwo(services, argument);
  if (one && other) {
    await showComparison(services, await lookUp(services, one), await lookUp(services, other));
  }
}

/** Compares a session with the one it was forked from. Throws `no_source` for a session without a known parent. */
export async function compareWithParent(services: Services, session: SessionRef | undefined): Promise<void> {
  const target = await targetOf(services, session, t('Compare with Parent'));
  if (!target) {
    return;
  }
  const parent = requireParent(services, target.info);
  await showComparison(services, await lookUp(services, parent.ref), target);
}

async function pickTwo(services: Services, first: SessionRef | undefined): Promise<readonly SessionRef[]> {
  const one = first ?? (await pickSession(services, { title: t('Compare (1/2)') }));
  const other = one && (await pickSession(services, { title: t('Compare (2/2)'), except: one }));
  return other ? [one, other] : [];
}

async function showComparison(services: Services, one: Target, other: Target): Promise<void> {
  const side = ({ info }: Target, with_: Target) => {
    const name = nameOf(services, info);
    return { name, uri: transcriptUri(info.ref, name, with_.info.ref) };
  };
  const left = side(one, other);
  const right = side(other, one);
  const title = `${left.name} ↔ ${right.name}`;
  await vscode.commands.executeCommand('vscode.diff', left.uri, right.uri, title, { preview: true });
}
