import { SessionForksError } from '../../core/errors.ts';
import type { ForkResult } from '../../core/forkService.ts';
import type { ForkPoint, MessageId, SessionInfo } from '../../core/model.ts';
import { pointNamed } from '../../core/namedPoint.ts';
import { lookUp, type Target } from '../commands/target.ts';
import type { LoadServices } from '../services.ts';
import { belongsTo } from '../tree/layout.ts';
import { type CheckedFork, checkFork, checkSession, optionalText } from './apiRequest.ts';

/** What the extension's API does. Arguments come from other extensions and are checked here, types or not. */
export async function forkSession(load: LoadServices, request: unknown): Promise<ForkResult> {
  const { source, point, ...more } = checkFork(request);
  const services = await load();
  const target = await lookUp(services, source);
  const order = { ...more, source, point: await pointOf(target, point), origin: 'api' } as const;
  return services.forkService.fork(order);
}

/** Newest first. Throws `bad_request`. */
export async function listSessions(load: LoadServices, filter: unknown): Promise<readonly SessionInfo[]> {
  const agent = optionalText(filter, 'agent');
  const cwd = optionalText(filter, 'cwd');
  const { listed, catalog } = await load();
  await listed();
  await catalog.refresh();
  return catalog
    .sessions()
    .filter((info) => agent === undefined || info.ref.agent === agent)
    .filter((info) => cwd === undefined || belongsTo(info.cwd, [cwd]))
    .toSorted((a, b) => b.updated - a.updated);
}

/** Opens the chat panel. Throws `bad_request`, `no_such_session`, `fork_point_invalid` for an unknown message. */
export async function openSession(load: LoadServices, session: unknown, options: unknown): Promise<void> {
  const ref = checkSession(session);
  const message = optionalText(options, 'message');
  const services = await load();
  const target = await lookUp(services, ref);
  await services.panels.open(ref, message === undefined ? {} : { reveal: await messageOf(target, message) });
}

async function pointOf({ info, store }: Target, point: CheckedFork['point']): Promise<ForkPoint> {
  return point === 'end' || !('keep' in point)
    ? point
    : pointNamed((await store.read(info.ref.id)).messages, point);
}

async function messageOf({ info, store }: Target, message: string): Promise<MessageId> {
  const { messages } = await store.read(info.ref.id);
  const found = messages.find(({ id }) => id === message);
  if (!found) {
    throw new SessionForksError('fork_point_invalid', 'This message is not in the session.');
  }
  return found.id;
}
