import type { JsonObject } from '../json.ts';
import { objectOf, parseObject, textOf } from '../json.ts';

/** A client that knows nothing of Moltis: Node's own WebSocket, frames as they are. */
export interface RawClient extends AsyncDisposable {
  /** Sends a request and gives the whole frame that answers it. */
  ask(method: string, params?: JsonObject): Promise<JsonObject>;
  /** Every event frame so far. */
  readonly events: readonly JsonObject[];
  readonly closed: Promise<void>;
}

export async function rawClient(url: string): Promise<RawClient> {
  const socket = new WebSocket(url);
  const events: JsonObject[] = [];
  const waiting = new Map<string, (frame: JsonObject) => void>();
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  socket.addEventListener('message', ({ data }) => {
    const frame = parseObject(String(data));
    if (frame.type === 'event') events.push(frame);
    else waiting.get(textOf(frame.id))?.(frame);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`${url} cannot be opened`)));
  });
  let last = 0;
  return {
    events,
    closed,
    ask: (method, params) => {
      const id = `c${++last}`;
      socket.send(JSON.stringify({ type: 'req', id, method, ...(params ? { params } : {}) }));
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await closed;
    },
  };
}

/** The greeting of protocol 4. */
export const greeting = (more: JsonObject = {}): JsonObject => ({
  protocol: { min: 3, max: 4 },
  client: { id: 'raw', version: '1', platform: 'test', mode: 'operator' },
  ...more,
});

export const payloadOf = (frame: JsonObject): JsonObject => objectOf(frame.payload);
