/** The JSON of each event of a `text/event-stream` body, as they come. Comments and retry hints are passed over. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks.flatMap(eventOf);
  }
}

function eventOf(block: string): readonly unknown[] {
  const data = block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
  try {
    return data === '' ? [] : [JSON.parse(data)];
  } catch {
    // One event that cannot be read costs that event only.
    return [];
  }
}
