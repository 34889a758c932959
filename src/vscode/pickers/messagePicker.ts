import * as vscode from 'vscode';
import type { ForkPoint, SessionRef, Transcript } from '../../core/model.ts';
import { sessionCapabilities } from '../../core/store.ts';
import { nameOf, type Target } from '../commands/target.ts';
import { excerpt, messageName } from '../messageWords.ts';
import type { Services } from '../services.ts';
import { forksAt, verbOf } from '../verbs.ts';
import { dotted, forksStartHere, messagesText, t } from '../words.ts';
import { type Back, pick, separator } from './quickPick.ts';

const excerptLimit = 90;

/** A fork point with the title that the next step bears. */
export interface PickedPoint {
  readonly point: ForkPoint;
  readonly heading: string;
}

interface PointItem extends vscode.QuickPickItem {
  readonly chosen?: PickedPoint;
}

/** Lets the person pick where to fork: after a reply, before a prompt, or at the end. Newest first. */
export async function pickPoint(
  services: Services,
  target: Target,
  steps: { readonly number: number; readonly of: number; readonly back: boolean },
): Promise<PickedPoint | Back | undefined> {
  const transcript = await target.store.read(target.info.ref.id);
  const name = nameOf(services, target.info);
  const answer = await pick<PointItem>({
    title: t('Fork “{0}” ({1}/{2})', name, steps.number, steps.of),
    placeholder: t('Search the messages'),
    prompt: t('Pick the last message to keep, or a prompt to edit and send again.'),
    items: [endItem(transcript), ...messageItems(services, target, transcript)],
    back: steps.back,
  });
  return answer === 'back' ? answer : answer?.chosen;
}

const endItem = (transcript: Transcript): PointItem => ({
  label: t('End of session'),
  description: t('keeps all {0}', messagesText(transcript.total)),
  iconPath: new vscode.ThemeIcon('arrow-down'),
  chosen: { point: 'end', heading: t('Fork at the end') },
});

function messageItems(services: Services, { store }: Target, transcript: Transcript): readonly PointItem[] {
  const { info, messages } = transcript;
  const forks = forksAt(services, info);
  const capabilities = sessionCapabilities(store.capabilities, info);
  const items = messages.map((message, index): PointItem | undefined => {
    const verb = verbOf(message, index, capabilities);
    const count = message.kind === 'reply' ? (forks.get(index + 1)?.length ?? 0) : 0;
    return (
      verb && {
        label: messageName(message, index),
        description: dotted(verb.title, count > 0 ? forksStartHere(count) : undefined),
        detail: excerpt(message, excerptLimit, info.cwd),
        iconPath: new vscode.ThemeIcon(message.kind === 'prompt' ? 'edit' : 'comment'),
        chosen: { point: verb.point, heading: headingOf(message.kind, index) },
      }
    );
  });
  const kept = info.lineage?.messages ?? 0;
  return [
    ...group(items.slice(kept), t('own')),
    ...group(items.slice(0, kept), inheritedFrom(services, info.lineage?.parent)),
  ];
}

function group(items: readonly (PointItem | undefined)[], label: string): readonly PointItem[] {
  const present = items.filter((item) => item !== undefined);
  return present.length === 0 ? [] : [separator(label), ...present.toReversed()];
}

const headingOf = (kind: 'prompt' | 'reply', index: number): string =>
  kind === 'reply' ? t('Fork after message {0}', index + 1) : t('Edit & fork from message {0}', index + 1);

function inheritedFrom(services: Services, parent: SessionRef | undefined): string {
  const info = parent && services.catalog.get(parent);
  return info ? t('inherited from {0}', nameOf(services, info)) : t('inherited');
}
