import { eventSchema, type ServerEvent } from './schema.ts';

/** The events of a `text/event-stream` body, as they come. Comments, retry hints and unknown shapes are passed over. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks.flatMap(eventOf);
  }
}

function eventOf(block: string): readonly ServerEvent[] {
  const data = block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
  try {
    const event = data === '' ? undefined : eventSchema.safeParse(JSON.parse(data)).data;
    return event ? [event] : [];
  } catch {
    // One event that cannot be read costs that event only.
    return [];
  }
}
