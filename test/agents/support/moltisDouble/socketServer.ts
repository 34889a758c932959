import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One client of the server. Written apart from the client under test, so that a common mistake shows. */
export interface Peer {
  send(text: string): void;
  /** Says goodbye; `cut` does not. */
  close(): void;
  cut(): void;
}

export interface PeerHandler {
  text(text: string): void;
  gone(): void;
}

export interface SocketServer extends AsyncDisposable {
  readonly port: number;
}

export interface SocketServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** A frame is sent in pieces of so many bytes. */
  readonly pieceBytes?: number;
  readonly accept: (peer: Peer) => PeerHandler;
}

/** A WebSocket server (RFC 6455) on a free port of loopback. A request from a web page is refused (403), as Moltis does. */
export async function startSocketServer(options: SocketServerOptions): Promise<SocketServer> {
  const server: Server = options.tls ? createSecureServer(options.tls) : createServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => upgrade(request, socket, options));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function upgrade(request: IncomingMessage, socket: Socket, options: SocketServerOptions): void {
  const isChat = request.url === '/ws/chat' || request.url === '/ws';
  const refused =
    request.headers.origin !== undefined ? '403 Forbidden' : isChat ? undefined : '404 Not Found';
  if (refused) {
    socket.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  serve(socket, options);
}

function serve(socket: Socket, { accept, pieceBytes }: SocketServerOptions): void {
  const handler = accept({
    send: (text) => void socket.write(serverFrames(Buffer.from(text), pieceBytes)),
    close: () => socket.end(frame(0x88, Buffer.from([0x03, 0xe8]))),
    cut: () => socket.destroy(),
  });
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (let next = take(rest); next; next = take(rest)) {
      rest = rest.subarray(next.size);
      if (next.opcode === 8) socket.end(frame(0x88, next.payload.subarray(0, 2)));
      else if (next.opcode === 1) handler.text(next.payload.toString());
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.once('close', () => handler.gone());
}

/** A text as frames; a ping stands between the pieces, as it may. */
function serverFrames(payload: Buffer, pieceBytes = Number.POSITIVE_INFINITY): Buffer {
  if (payload.length <= pieceBytes) return frame(0x81, payload);
  const pieces: Buffer[] = [];
  for (let at = 0; at < payload.length; at += pieceBytes) {
    const isLast = at + pieceBytes >= payload.length;
    const head = (isLast ? 0x80 : 0) | (at === 0 ? 1 : 0);
    pieces.push(
      frame(head, payload.subarray(at, at + pieceBytes)),
      ...(isLast ? [] : [frame(0x89, Buffer.of(7))]),
    );
  }
  return Buffer.concat(pieces);
}

function frame(head: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.alloc(size + length);
  bytes[0] = head;
  bytes[1] = size === 2 ? length : size === 4 ? 126 : 127;
  if (size === 4) bytes.writeUInt16BE(length, 2);
  if (size === 10) bytes.writeBigUInt64BE(BigInt(length), 2);
  payload.copy(bytes, size);
  return bytes;
}

/** The first frame of a client, unmasked; undefined while it is not whole. Throws when it is not masked. */
function take(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  const second = bytes[1];
  if (second === undefined) return undefined;
  if (second < 128) throw new Error('a client must mask its frames');
  const short = second - 128;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head + 4) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = head + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(head, head + 4);
  const payload = Buffer.from(bytes.subarray(head + 4, size));
  for (let index = 0; index < payload.length; index++)
    payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, size };
}
