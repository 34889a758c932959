import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ForkEvent } from '../../core/catalog.ts';
import { errorText } from '../../core/errors.ts';
import type { Disposable } from '../../core/events.ts';
import type { SessionRef } from '../../core/model.ts';
import type { Services } from '../services.ts';

type LogServices = Pick<Services, 'catalog' | 'log'>;

/** Writes every fork to the output channel and, as one line of JSON, to `file`, whoever asked for it. */
export function logForks(services: LogServices, file: string): Disposable {
  let writing = Promise.resolve();
  return services.catalog.onDidFork((fork) => {
    services.log.info(forkLine(fork));
    const record = JSON.stringify(forkRecord(services, fork));
    writing = writing
      .then(() => append(file, `${record}\n`))
      .catch((error: unknown) => services.log.warn(`The fork log could not be written: ${errorText(error)}`));
  });
}

async function append(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, text);
}

function forkLine({ source, child, messages, origin, way, durationMs }: ForkEvent): string {
  const how = way === undefined ? '' : `, by ${wayNames[way]}, ${durationMs} ms`;
  return `Forked ${source.agent} ${source.id} -> ${child.id}: fork@${messages}, asked by ${origin}${how}`;
}

const wayNames = { copy: 'a copy', agent: 'the agent itself' } as const;

/** One line of the log; `at` is ISO 8601. `way` is who wrote the child: we by a copy, or the agent's own program. */
function forkRecord({ catalog }: LogServices, fork: ForkEvent) {
  const { source, child, title, messages, origin, point, way = 'outside', durationMs } = fork;
  return {
    at: new Date().toISOString(),
    origin,
    source: { ...plain(source), title: catalog.get(source)?.title },
    child: { ...plain(child), title },
    point,
    messages,
    way,
    durationMs,
  };
}

const plain = ({ agent, id }: SessionRef) => ({ agent, id });
