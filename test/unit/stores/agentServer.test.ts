import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { AgentServer } from '../../../src/stores/common/agentServer.ts';
import { readEvents } from '../../../src/stores/common/eventStream.ts';
import { textOf } from '../../../src/stores/common/fields.ts';

const kind = {
  name: 'Agent',
  authorization: (key: string) => `Bearer ${key}`,
  said: (answer: unknown) => textOf(Reflect.get(Object(answer), 'error')),
};

/** A server that answers as `listener` does, and what it was asked. */
async function serving(listener: RequestListener) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    agent: new AgentServer(kind, { url: `http://127.0.0.1:${port}/`, key: 'secret' }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('an agent’s server', { timeout: 60_000 }, () => {
  it('is asked with its key, and answers JSON or nothing', async () => {
    await using at = await serving((request, response) =>
      response.end(request.method === 'POST' ? '' : '{"a":1}'),
    );
    assert.deepEqual(await at.agent.ask('GET', '/a?b=c'), { a: 1 });
    assert.equal(await at.agent.ask('POST', '/stop'), undefined);
    assert.deepEqual(
      at.asked.map(({ method, url, headers }) => [method, url, headers.authorization]),
      [
        ['GET', '/a?b=c', 'Bearer secret'],
        ['POST', '/stop', 'Bearer secret'],
      ],
    );
  });

  it('is asked again when it says when to come back, some times', async () => {
    let refusals = 2;
    await using at = await serving((_, response) => {
      const refused = refusals-- > 0;
      response.writeHead(refused ? 409 : 200, refused ? { 'retry-after': '0' } : {});
      response.end(refused ? '{"error":"later"}' : '{}');
    });
    assert.deepEqual(await at.agent.ask('POST', '/branch', {}), {});
    refusals = 99;
    await assert.rejects(at.agent.ask('POST', '/branch', {}), { code: 'busy', message: 'later' });
    assert.equal(at.asked.length, 3 + 4);
  });

  it('is not waited for when it wants to be asked again much later', async () => {
    await using at = await serving((_, response) => response.writeHead(503, { 'retry-after': '600' }).end());
    await assert.rejects(at.agent.ask('GET', '/'), /Agent’s server refused \(503\)/u);
    assert.equal(at.asked.length, 1);
  });

  const refusals: readonly (readonly [number, string | undefined, string])[] = [
    [401, 'sign_in_needed', 'its words'],
    [403, 'sign_in_needed', 'its words'],
    [404, 'no_such_session', 'its words'],
    [409, 'busy', 'its words'],
    [400, undefined, 'its words'],
  ];
  for (const [status, code, words] of refusals) {
    it(`refuses with ${status} -> ${code ?? 'its own words'}`, async () => {
      await using at = await serving((_, response) =>
        response.writeHead(status).end(JSON.stringify({ error: words })),
      );
      const thrown: unknown = await at.agent.ask('GET', '/').catch((error: unknown) => error);
      assert.ok(thrown instanceof Error);
      assert.equal(Reflect.get(thrown, 'code'), code);
      assert.match(thrown.message, code === 'sign_in_needed' ? /wants its key/u : /^its words$/u);
    });
  }

  it('never takes the key elsewhere: a redirect is no answer', async () => {
    await using at = await serving((_, response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    await assert.rejects(at.agent.ask('GET', '/'), { code: 'agent_ended' });
    assert.equal(at.asked.length, 1);
  });

  it('that is not there is agent_ended; one that is given up is cancelled; a bad address is refused', async () => {
    const gone = new AgentServer(kind, { url: 'http://127.0.0.1:9' });
    await assert.rejects(gone.ask('GET', '/'), { code: 'agent_ended' });
    await using at = await serving(() => undefined);
    const abort = new AbortController();
    const asking = at.agent.ask('GET', '/', undefined, abort.signal);
    abort.abort();
    await assert.rejects(asking, { code: 'cancelled' });
    for (const url of ['file:///etc/passwd', 'localhost', 'http://']) {
      assert.throws(() => new AgentServer(kind, { url }), { code: 'not_supported' });
    }
  });

  it('that is lost in the middle of its answer is agent_ended', async () => {
    await using at = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"a":', () => response.destroy());
    });
    await assert.rejects(at.agent.ask('GET', '/'), { code: 'agent_ended' });
  });

  it('tells events, from where they were left', async () => {
    await using at = await serving((_, response) => response.end('id: 8\ndata: {"n":8}\n\n'));
    const events: unknown[] = [];
    for await (const event of await at.agent.events('/events', new AbortController().signal, 7)) {
      events.push(event);
    }
    assert.deepEqual([events, at.asked[0]?.headers['last-event-id']], [[{ n: 8 }], '7']);
  });
});

describe('a stream of events', () => {
  it('is read whole however it is cut, without comments and what is no JSON', async () => {
    const text =
      ': hello\n\nretry: 3000\n\nevent: a\r\ndata: {"a":\r\ndata: "ü"}\r\n\r\ndata: {broken\n\ndata:{"b":2}\n\ndata: {"open":';
    const bytes = Buffer.from(text);
    for (const size of [1, 7, bytes.length]) {
      const pieces = async function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      };
      const events: unknown[] = [];
      for await (const event of readEvents(pieces())) events.push(event);
      assert.deepEqual(events, [{ a: 'ü' }, { b: 2 }], `cut every ${size} bytes`);
    }
  });
});
