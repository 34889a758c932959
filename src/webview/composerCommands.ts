import type { PanelState, SlashCommand } from '../protocol.ts';
import { t } from './strings.ts';

/** A slash command that the panel carries out itself, whatever the agent. */
export type OwnCommand =
  | { readonly kind: 'fork'; readonly title: string }
  | { readonly kind: 'side'; readonly question: string };

/** All slash commands of a session: the panel's own first, then the agent's. */
export function commandsOf({ composer, canFork }: PanelState): readonly SlashCommand[] {
  const own = [...(canFork ? [forkCommand()] : []), ...(composer.side ? [sideCommand()] : [])];
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...composer.commands.filter(({ name }) => !names.has(name))];
}

/** The panel's own command that a text is; undefined for a prompt, and for what the session does not allow. */
export function ownCommand(text: string, { composer, canFork }: PanelState): OwnCommand | undefined {
  const [, name, rest = ''] = /^\/(fork|branch|side)(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? [];
  if (name === 'side') {
    return composer.side ? { kind: 'side', question: rest } : undefined;
  }
  const known = name === 'fork' || !composer.commands.some((command) => command.name === name);
  return name !== undefined && canFork && known ? { kind: 'fork', title: rest } : undefined;
}

const forkCommand = (): SlashCommand => ({
  name: 'fork',
  description: t('Fork this session at its end'),
  hint: t('[label]'),
});

const sideCommand = (): SlashCommand => ({
  name: 'side',
  description: t('Ask on the side, in a fork that is thrown away'),
  hint: t('question'),
});
