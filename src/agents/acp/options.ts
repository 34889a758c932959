import type { Choice, SessionOptions, SlashCommand } from '../../core/liveAgent.ts';
import { bypasses } from '../../core/modes.ts';
import type { AcpConfigOption, SessionReply } from './schema.ts';
import { type OptionsChange, toCommands } from './updates.ts';

/** What a session offers, as the agent told it last. */
export interface OptionsState {
  readonly reply: SessionReply;
  readonly commands: readonly SlashCommand[];
  readonly images: boolean;
}

/** How a mode or model is set: by its own request, or as a value of a config option. */
export type Setter =
  | { readonly kind: 'mode' }
  | { readonly kind: 'model' }
  | { readonly kind: 'config'; readonly id: string };

export function sessionOptions(state: OptionsState): SessionOptions {
  const mode = currentMode(state.reply);
  const model = selectOf(state.reply, 'model')?.currentValue ?? state.reply.models?.currentModelId;
  return {
    modes: modesOf(state.reply),
    ...(mode === undefined ? {} : { mode }),
    models: modelsOf(state.reply),
    ...(model === undefined ? {} : { model }),
    commands: state.commands,
    images: state.images,
  };
}

export function applyOptionsChange(state: OptionsState, change: OptionsChange): OptionsState {
  switch (change.sessionUpdate) {
    case 'available_commands_update':
      return { ...state, commands: toCommands(change) };
    case 'current_mode_update':
      return { ...state, reply: withMode(state.reply, change.currentModeId) };
    case 'config_option_update':
      return { ...state, reply: withConfig(state.reply, change.configOptions) };
  }
}

export function withMode(reply: SessionReply, mode: string): SessionReply {
  return {
    ...reply,
    ...(reply.modes ? { modes: { ...reply.modes, currentModeId: mode } } : {}),
    ...(reply.configOptions ? { configOptions: withValue(reply.configOptions, 'mode', mode) } : {}),
  };
}

export function withModel(reply: SessionReply, model: string): SessionReply {
  return reply.models ? { ...reply, models: { ...reply.models, currentModelId: model } } : reply;
}

/** Config options replace what was known of them; a mode among them is the session's mode. */
export function withConfig(
  reply: SessionReply,
  configOptions: NonNullable<SessionReply['configOptions']>,
): SessionReply {
  const next = { ...reply, configOptions };
  const mode = selectOf(next, 'mode')?.currentValue;
  return mode !== undefined && next.modes ? { ...next, modes: { ...next.modes, currentModeId: mode } } : next;
}

export function modeSetter(reply: SessionReply): Setter | undefined {
  return reply.modes ? { kind: 'mode' } : configSetter(reply, 'mode');
}

export function modelSetter(reply: SessionReply): Setter | undefined {
  return configSetter(reply, 'model') ?? (reply.models ? { kind: 'model' } : undefined);
}

/**
 * The mode to set before anything is sent, when the session came up without any question to the person:
 * a fork must never inherit a bypass silently. Undefined when there is nothing to lower.
 */
export function modeToLowerTo(
  reply: SessionReply,
): { readonly from: Choice; readonly to: Choice } | undefined {
  const modes = modesOf(reply);
  const current = modes.find((mode) => mode.id === currentMode(reply));
  if (!current || !bypasses(current)) {
    return undefined;
  }
  const asking = modes.filter((mode) => !bypasses(mode));
  const to = asking.find((mode) => mode.id === 'default') ?? asking[0];
  return to && { from: current, to };
}

function currentMode(reply: SessionReply): string | undefined {
  return reply.modes?.currentModeId ?? selectOf(reply, 'mode')?.currentValue;
}

function modesOf(reply: SessionReply): readonly Choice[] {
  return (
    reply.modes?.availableModes.map((mode) => toChoice(mode.id, mode)) ?? choicesOf(selectOf(reply, 'mode'))
  );
}

function modelsOf(reply: SessionReply): readonly Choice[] {
  const select = selectOf(reply, 'model');
  return select
    ? choicesOf(select)
    : (reply.models?.availableModels.map((model) => toChoice(model.modelId, model)) ?? []);
}

function selectOf(reply: SessionReply, category: string): AcpConfigOption | undefined {
  return (
    reply.configOptions?.find((option) => option.category === category) ??
    reply.configOptions?.find((option) => option.id === category)
  );
}

function configSetter(reply: SessionReply, category: string): Setter | undefined {
  const select = selectOf(reply, category);
  return select ? { kind: 'config', id: select.id } : undefined;
}

const choicesOf = (select: AcpConfigOption | undefined): readonly Choice[] =>
  select?.options.map((option) => toChoice(option.value, option)) ?? [];

function toChoice(
  id: string,
  from: { readonly name: string; readonly description?: string | null | undefined },
): Choice {
  return { id, name: from.name, ...(from.description ? { description: from.description } : {}) };
}

function withValue(options: readonly AcpConfigOption[], category: string, value: string): AcpConfigOption[] {
  return options.map((option) =>
    option.category === category ? { ...option, currentValue: value } : option,
  );
}
