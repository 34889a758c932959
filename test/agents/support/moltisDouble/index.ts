import { randomUUID } from 'node:crypto';
import { ChatMethods } from './chat.ts';
import { MoltisData } from './database.ts';
import { type Params, SessionMethods } from './sessions.ts';
import { type Peer, type PeerHandler, startSocketServer } from './socketServer.ts';

const read = 'operator.read';
const write = 'operator.write';
const approvals = 'operator.approvals';
const admin = 'operator.admin';
/** The longest frame that it takes, in bytes. */
const maxPayload = 524_288;
export const allScopes = [read, write, approvals, admin];

/** The scope that a method asks for; one in no list asks for `operator.admin`. */
const scopes: Readonly<Record<string, string>> = {
  'sessions.list': read,
  'sessions.branches': read,
  'models.list': read,
  subscribe: write,
  'sessions.switch': write,
  'sessions.fork': write,
  'chat.send': write,
  'chat.abort': write,
  'exec.approval.resolve': approvals,
};

export interface DoubleOptions {
  /** The API keys that it knows, with their scopes. None: it was never set up, and loopback may do everything. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly pieceBytes?: number;
  /** Methods that this version does not have. */
  readonly without?: readonly string[];
}

/** An event on its way to a client. */
export interface SentEvent {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Frame = Readonly<Record<string, unknown>>;

/**
 * Moltis's gateway as far as this extension speaks with it: protocol 4 of 20260820.01 on loopback, over a database and
 * histories in Moltis's own layout. What it answers, it answers frame by frame as Moltis does.
 */
export class MoltisDouble implements AsyncDisposable {
  readonly data: MoltisData;
  readonly sessions: SessionMethods;
  readonly chat: ChatMethods;
  /** Methods as they were asked, `connect` included. */
  readonly asked: string[] = [];
  /** Events that are lost on the way: they count, but nobody gets them. */
  loses: (event: SentEvent) => boolean = () => false;
  readonly #options: DoubleOptions;
  readonly #clients = new Set<Client>();
  #stop: () => Promise<void> = async () => undefined;
  port = 0;

  constructor(data: MoltisData, options: DoubleOptions) {
    this.data = data;
    this.#options = options;
    const broadcast = (event: string, payload: Frame): void => this.#broadcast({ event, payload });
    this.sessions = new SessionMethods(data, broadcast);
    this.chat = new ChatMethods(data, this.sessions, broadcast);
  }

  get url(): string {
    return `${this.#options.tls ? 'wss' : 'ws'}://127.0.0.1:${this.port}/ws/chat`;
  }

  async listen(): Promise<void> {
    const { tls, pieceBytes } = this.#options;
    const server = await startSocketServer({
      ...(tls ? { tls } : {}),
      ...(pieceBytes ? { pieceBytes } : {}),
      accept: (peer) => this.#accept(peer),
    });
    this.port = server.port;
    this.#stop = async () => server[Symbol.asyncDispose]();
  }

  /** Ends like a gateway that is killed. */
  async kill(): Promise<void> {
    for (const client of this.#clients) client.peer.cut();
    await this.#stop();
    this.#stop = async () => undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.data.database.close();
  }

  #broadcast(sent: SentEvent): void {
    for (const client of this.#clients) {
      if (client.wants(sent.event)) client.tell(sent, this.loses(sent));
    }
  }

  #accept(peer: Peer): PeerHandler {
    const client = new Client(peer);
    this.#clients.add(client);
    return {
      text: (text) => {
        if (Buffer.byteLength(text) > maxPayload) peer.close();
        else this.#take(client, JSON.parse(text) as Frame);
      },
      gone: () => void this.#clients.delete(client),
    };
  }

  #take(client: Client, { type, id, method, params }: Frame): void {
    if (type !== 'req' || typeof method !== 'string') return;
    this.asked.push(method);
    const given = (params ?? {}) as Params;
    if (!client.scopes) {
      this.#greet(client, id, method, given);
      return;
    }
    const wanted = scopes[method] ?? admin;
    if (!client.scopes.includes(admin) && !allows(client.scopes, wanted)) {
      client.refuse(id, 'UNAUTHORIZED', `missing scope: ${wanted}`);
      return;
    }
    const run = this.#methods(client)[method];
    if (!run || this.#options.without?.includes(method)) {
      client.refuse(id, 'UNKNOWN_METHOD', `unknown method: ${method}`);
      return;
    }
    try {
      client.answer(id, run(given));
    } catch (error) {
      client.refuse(id, 'INTERNAL', error instanceof Error ? error.message : String(error));
    }
  }

  #greet(client: Client, id: unknown, method: string, params: Params): void {
    const refusal =
      method === 'connect' ? this.#refusal(params) : ['PROTOCOL_ERROR', 'first request must be connect'];
    if (refusal) {
      client.refuse(id, refusal[0] ?? '', refusal[1] ?? '');
      client.peer.close();
      return;
    }
    client.scopes = this.#options.keys?.[keyOf(params) ?? ''] ?? allScopes;
    // The older greeting gets every event, the one of protocol 4 those it subscribes to.
    client.events = params.protocol ? new Set() : undefined;
    client.answer(id, {
      type: 'hello-ok',
      protocol: 4,
      server: { version: '20260820.01', host: 'double', connId: randomUUID() },
      features: {
        methods: Object.keys(this.#methods(client))
          .filter((name) => !this.#options.without?.includes(name))
          .sort(),
        events: ['tick', 'shutdown', 'chat', 'exec.approval.requested', 'exec.approval.resolved'],
      },
      snapshot: {},
      auth: { deviceToken: '', role: 'operator', scopes: client.scopes, issuedAtMs: Date.now() },
      policy: { maxPayload, maxBufferedBytes: 1_572_864, tickIntervalMs: 30_000 },
    });
  }

  #refusal(params: Params): readonly string[] | undefined {
    const range = (params.protocol ?? {}) as Params;
    const min = Number(range.min ?? params.minProtocol);
    const max = Number(range.max ?? params.maxProtocol);
    if (min > 4 || max < 4) return ['PROTOCOL_ERROR', `protocol mismatch: server=4, client=${min}-${max}`];
    const { keys } = this.#options;
    const known = keys?.[keyOf(params) ?? ''];
    if (keys && !known) return ['UNAUTHORIZED', 'authentication failed'];
    const noScopes = 'API key has no scopes — specify at least one scope when creating the key';
    return known?.length === 0 ? ['FORBIDDEN', noScopes] : undefined;
  }

  #methods(client: Client): Readonly<Record<string, (params: Params) => unknown>> {
    return {
      subscribe: (params) => client.subscribe(params),
      'models.list': () => [{ id: 'stub::model', provider: 'stub', displayName: 'Stub' }],
      'sessions.list': () => this.sessions.list(),
      'sessions.switch': (params) => this.sessions.switch(params),
      'sessions.fork': (params) => this.sessions.fork(params),
      'sessions.branches': (params) => this.sessions.branches(params),
      'sessions.patch': (params) => this.sessions.patch(params),
      'sessions.delete': (params) => this.sessions.delete(params),
      'chat.send': (params) => this.chat.send(params),
      'chat.abort': (params) => this.chat.abort(params),
      'exec.approval.resolve': (params) => this.chat.resolve(params),
    };
  }
}

class Client {
  readonly peer: Peer;
  scopes: readonly string[] | undefined;
  /** Undefined: every event. */
  events: ReadonlySet<string> | undefined = new Set();
  #seq = 0;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  wants(event: string): boolean {
    return this.scopes !== undefined && (this.events?.has(event) ?? true);
  }

  subscribe({ events }: Params): Frame {
    const names = Array.isArray(events) ? events.map(String) : [];
    this.events = new Set([...(this.events ?? []), ...names]);
    return { subscriptionId: randomUUID(), events: names };
  }

  tell({ event, payload }: SentEvent, lost: boolean): void {
    this.#seq++;
    if (!lost) this.#send({ type: 'event', event, payload, seq: this.#seq });
  }

  answer(id: unknown, payload: unknown): void {
    this.#send({ type: 'res', id, ok: true, payload });
  }

  refuse(id: unknown, code: string, message: string): void {
    this.#send({ type: 'res', id, ok: false, error: { code, message } });
  }

  #send(frame: Frame): void {
    this.peer.send(JSON.stringify(frame));
  }
}

const allows = (has: readonly string[], wanted: string): boolean =>
  has.includes(wanted) || (wanted === read && has.includes(write));

const keyOf = ({ auth }: Params): string | undefined => {
  const key = typeof auth === 'object' && auth !== null ? Reflect.get(auth, 'api_key') : undefined;
  return typeof key === 'string' ? key : undefined;
};

/** Starts a double over a data folder. */
export async function startMoltisDouble(folder: string, options: DoubleOptions = {}): Promise<MoltisDouble> {
  const double = new MoltisDouble(new MoltisData(folder), options);
  await double.listen();
  return double;
}
