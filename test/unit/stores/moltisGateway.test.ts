import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gatewayAddress } from '../../../src/stores/moltis/gateway/address.ts';
import { moltisGateway } from '../../../src/stores/moltis/index.ts';
import { type DoubleOptions, MoltisDouble } from '../../agents/support/moltisDouble/index.ts';
import { MoltisHome } from './moltisHome.ts';

const certs = join(import.meta.dirname, '../../fixtures/moltis/certs');
const pem = (name: string): string => readFileSync(join(certs, name), 'utf8');
const tls = { key: pem('server-key.pem'), cert: pem('server.pem') };

const connect = (home: MoltisHome, signal?: AbortSignal) =>
  moltisGateway({ home: home.path, variables: {}, folders: {}, access: async () => home.access })(signal);

async function serve(home: MoltisHome, options: DoubleOptions): Promise<MoltisDouble> {
  const double = new MoltisDouble(home.data, options);
  await double.listen();
  home.access.url = double.url;
  return double;
}

function configure(home: MoltisHome, toml: string): void {
  mkdirSync(home.config, { recursive: true });
  writeFileSync(join(home.config, 'moltis.toml'), toml);
}

describe("Moltis: the gateway's address", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['nothing is configured', '', 'wss://127.0.0.1:18789/ws/chat'],
    ['a port is', '[server]\nbind = "127.0.0.1"\nport = 41234 # picked\n', 'wss://127.0.0.1:41234/ws/chat'],
    ['TLS is off', '[server]\nport = 1\n[tls]\nenabled = false\n', 'ws://127.0.0.1:1/ws/chat'],
    ['it binds to all addresses', "[server]\nbind = '0.0.0.0'\nport = 2", 'wss://127.0.0.1:2/ws/chat'],
    ['it binds to IPv6', '[server]\nbind = "::1"\nport = 3', 'wss://[::1]:3/ws/chat'],
    [
      'other tables have ports, too',
      '[graphql]\nport = 9\nenabled = false\n[server]\nport = 4\n[x]\nport = 5',
      'wss://127.0.0.1:4/ws/chat',
    ],
  ];
  for (const [what, toml, url] of cases) {
    it(`is found when ${what}`, async () => {
      using home = new MoltisHome();
      configure(home, toml);
      assert.equal((await gatewayAddress(home.config, undefined)).url, url);
    });
  }

  it('is what the person set, as a page or as a socket', async () => {
    for (const [set, url] of [
      ['https://moltis.localhost:5', 'wss://moltis.localhost:5/ws/chat'],
      ['ws://127.0.0.1:6/ws', 'ws://127.0.0.1:6/ws'],
    ] as const) {
      assert.equal((await gatewayAddress('/nowhere', set)).url, url);
    }
  });
});

describe('Moltis: the connection', () => {
  it("trusts the gateway's own certificate, and no other", async () => {
    using home = new MoltisHome();
    await using double = await serve(home, { tls });
    await assert.rejects(connect(home), { code: 'agent_missing', message: /certificate/ });
    cpSync(join(certs, 'ca.pem'), join(home.config, 'certs', 'ca.pem'), { recursive: true });
    delete home.access.url;
    configure(home, `[server]\nport = ${double.port}\n`);
    const gateway = await connect(home);
    assert.ok(gateway.methods.has('sessions.fork'));
    await gateway.close();
  });

  for (const pieceBytes of [0, 7_000, 100]) {
    const how = pieceBytes === 0 ? 'whole' : `in pieces of ${pieceBytes} bytes with pings between`;
    it(`reads answers of every length that come ${how}`, async () => {
      using home = new MoltisHome();
      const lengths = [0, 60, 200, 70_000, 300_000];
      for (const length of lengths) home.add(`session:${length}`, undefined, { label: 'ä'.repeat(length) });
      await using _double = await serve(home, { pieceBytes });
      const gateway = await connect(home);
      const entries = await gateway.request('sessions.list');
      const labels = Array.isArray(entries) ? entries.map(({ label }) => String(label).length) : [];
      assert.deepEqual(
        labels.sort((x, y) => x - y),
        lengths,
      );
      await gateway.close();
    });
  }

  it('sends prompts of every length whole', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using double = await serve(home, {});
    const gateway = await connect(home);
    for (const length of [10, 125, 126, 65_535, 65_536, 400_000]) {
      await gateway.request('sessions.patch', { key: 'main', label: 'x'.repeat(length) });
      assert.equal(String(home.data.row('main')?.label).length, length);
    }
    const tooLong = { key: 'main', label: 'x'.repeat(600_000) };
    await assert.rejects(gateway.request('sessions.patch', tooLong), { code: 'not_supported' });
    await gateway.close();
    assert.equal(double.asked.length, 7);
  });

  it('names the gateway’s refusals by their code', async () => {
    using home = new MoltisHome();
    await using _double = await serve(home, {});
    const gateway = await connect(home);
    await assert.rejects(gateway.request('sessions.dance'), {
      code: 'UNKNOWN_METHOD',
      message: 'unknown method: sessions.dance',
    });
    await assert.rejects(gateway.request('sessions.fork', {}), { code: 'INTERNAL' });
    await gateway.close();
    await assert.rejects(gateway.request('sessions.list'), { code: 'agent_ended' });
  });

  it('rejects what waits for an answer when the connection is cut', async () => {
    using home = new MoltisHome();
    await using double = await serve(home, {});
    const gateway = await connect(home);
    const asked = gateway.request('sessions.list');
    await double.kill();
    await assert.rejects(asked, { code: 'agent_ended' });
    await gateway.gone;
  });

  it('takes no other server for a gateway', async () => {
    using home = new MoltisHome();
    const answers = [
      'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n',
      'nonsense',
    ];
    for (const answer of answers) {
      const server = await listening(answer);
      const address = server.address();
      home.access.url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      await assert.rejects(connect(home), { code: 'agent_missing' });
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

function listening(answer: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(answer));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
