import { createHash, randomBytes } from 'node:crypto';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Address } from './address.ts';
import { clientFrame, FrameReader, opcodes } from './frames.ts';

/** Text messages both ways. */
export interface TextSocket {
  send(text: string): void;
  /** Says goodbye and lets go of the connection. */
  close(): void;
  /** Called once for each message, in order. */
  onText: (text: string) => void;
  /** Called once when the connection is over. */
  onClose: (why: string) => void;
}

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Opens a WebSocket (RFC 6455). Node's own cannot be told of a certificate, which the gateway signs itself. Rejects with
 * what the network says, and when the server does not take the connection.
 */
export async function openSocket({ url, certificate }: Address, signal: AbortSignal): Promise<TextSocket> {
  const key = randomBytes(16).toString('base64');
  const start = await requester(new URL(url));
  const request = start(upgrade(new URL(url), key, certificate, signal));
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      reject(new Error(`the server answered with status ${response.statusCode ?? 0}`));
    });
    request.once('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      const expected = createHash('sha1').update(`${key}${magic}`).digest('base64');
      if (response.headers['sec-websocket-accept'] === expected) {
        resolve(new Connection(socket, head));
      } else {
        socket.destroy();
        reject(new Error('the server speaks no WebSocket'));
      }
    });
    request.end();
  });
}

/** Loaded when it is needed: Node's HTTP takes 18 MB, in each thread that has the stores. */
async function requester({ protocol }: URL): Promise<(options: RequestOptions) => ClientRequest> {
  return protocol === 'wss:' ? (await import('node:https')).request : (await import('node:http')).request;
}

function upgrade(url: URL, key: string, ca: string | undefined, signal: AbortSignal) {
  const isSecure = url.protocol === 'wss:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (isSecure ? 443 : 80),
    path: url.pathname + url.search,
    agent: false as const,
    signal,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
    },
    ...(isSecure && ca ? { ca } : {}),
  };
}

class Connection implements TextSocket {
  onText: (text: string) => void = () => undefined;
  onClose: (why: string) => void = () => undefined;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #pieces: Buffer[] = [];
  #why = 'the connection was cut';

  constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', (error) => {
      this.#why = error.message;
    });
    // A server that ends its side is gone: nothing more can come.
    socket.on('end', () => socket.destroy());
    socket.once('close', () => this.onClose(this.#why));
    // Whoever opened the connection sets its listeners first.
    setImmediate(() => this.#read(head));
  }

  send(text: string): void {
    this.#write(opcodes.text, Buffer.from(text, 'utf8'));
  }

  close(): void {
    this.#why = 'closed';
    this.#write(opcodes.close, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #write(opcode: number, payload: Buffer): void {
    if (this.#socket.writable) {
      this.#socket.write(clientFrame(opcode, payload));
    }
  }

  #read(bytes: Buffer): void {
    try {
      for (const { opcode, isLast, payload } of this.#reader.read(bytes)) {
        this.#take(opcode, isLast, payload);
      }
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(opcode: number, isLast: boolean, payload: Buffer): void {
    if (opcode === opcodes.ping) {
      this.#write(opcodes.pong, payload);
    } else if (opcode === opcodes.close) {
      this.#why = payload.subarray(2).toString('utf8') || 'the server said goodbye';
      this.#socket.end(clientFrame(opcodes.close, payload.subarray(0, 2)));
    } else if (opcode !== opcodes.pong) {
      this.#pieces.push(payload);
      if (isLast) {
        const text = Buffer.concat(this.#pieces).toString('utf8');
        this.#pieces = [];
        this.onText(text);
      }
    }
  }
}
