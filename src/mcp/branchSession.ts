import { SessionForksError } from '../core/errors.ts';
import type { ForkResult } from '../core/forkService.ts';
import { pointNamed } from '../core/namedPoint.ts';
import { findSession } from './findSession.ts';
import type { BranchInput } from './schemas.ts';
import { refAnswer, sessionLink } from './sessionAnswer.ts';
import type { Answer, ToolContext } from './toolContext.ts';

/** Forks a session through the fork service. Throws as `findSession`, `pointNamed` and `ForkService.fork` do. */
export async function branchSession(
  context: ToolContext,
  input: BranchInput,
  signal?: AbortSignal,
): Promise<Answer> {
  const { info, store } = await findSession(context, input);
  const named = namedPoint(input);
  const { messages } = await store.read(info.ref.id);
  const result = await context.forkService.fork({
    source: info.ref,
    point: pointNamed(messages, named),
    origin: context.origin,
    whenBusy: context.whenBusy,
    ...(input.label !== undefined && { title: input.label }),
    ...(signal && { signal }),
  });
  return branchAnswer(context, result);
}

function namedPoint({ at_message, fork_point, message_id, side }: BranchInput) {
  if (at_message !== undefined && fork_point !== undefined && at_message !== fork_point) {
    throw new SessionForksError('bad_request', 'at_message and fork_point differ; they mean the same.');
  }
  const keep = at_message ?? fork_point;
  return {
    ...(keep !== undefined && { keep }),
    ...(message_id !== undefined && { message: message_id }),
    ...(side !== undefined && { side }),
  };
}

function branchAnswer({ catalog, linkBase }: ToolContext, result: ForkResult): Answer {
  const { session, title, forkedFrom, messages, draft, leftOut } = result;
  const child = catalog.get(session);
  const resumeCommand = child && catalog.store(session.agent)?.resumeCommand?.(child);
  return {
    ...refAnswer(session),
    title,
    forkedFrom: { ...refAnswer(forkedFrom.session), title: forkedFrom.title },
    forkPoint: messages,
    messageCount: child?.messageCount ?? messages,
    ...(draft && { draft: draft.text }),
    ...(leftOut && { leftOut }),
    ...(resumeCommand && { resumeCommand }),
    uri: sessionLink(linkBase, session),
    inherited: result.inherited,
    notInherited: result.notInherited,
  };
}
