import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import type { RecordNode } from '../../../src/stores/qwenCode/chain.ts';
import { forkByServer } from '../../../src/stores/qwenCode/serve.ts';

const recordOf = (
  uuid: string,
  more: Pick<RecordNode, 'type' | 'json'> & Partial<RecordNode>,
): RecordNode => ({
  uuid,
  parent: null,
  session: 's',
  line: 1,
  start: 0,
  end: 0,
  part: undefined,
  fragments: [],
  ...more,
});

/** A turn that was made over a server: its reply, and the checkpoint by which the server finds it. */
const records: readonly RecordNode[] = [
  recordOf('reply', { type: 'assistant', json: { message: {} } }),
  recordOf('end', {
    type: 'system',
    subtype: 'branch_checkpoint',
    json: { systemPayload: { assistantRecordUuid: 'reply' } },
  }),
];

/** What forking gives over a server that can branch and answers so when it is asked to. */
async function forkOver(branch: (response: ServerResponse) => void): Promise<string | undefined> {
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      branch(response);
    } else {
      response.end('{"features":["session_branch"]}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const folders = { home: tmpdir(), runtime: tmpdir() };
  try {
    const access = async () => ({ url: `http://127.0.0.1:${port}` });
    return await forkByServer(folders, access, 'source', records, 'Fork');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('A fork by a running server of Qwen Code', { timeout: 60_000 }, () => {
  it('is the child that the server names', async () => {
    const child = await forkOver((response) => response.end('{"sessionId":"child","displayName":"Fork"}'));
    assert.equal(child, 'child');
  });

  it('is left to a copy where the server refuses', async () => {
    const child = await forkOver((response) => response.writeHead(409).end('{"error":"A prompt runs."}'));
    assert.equal(child, undefined);
  });

  it('is not made a second time where the server is lost before it answers (invariant 2)', async () => {
    const lost = [
      (response: ServerResponse) => void response.destroy(),
      (response: ServerResponse) => void response.write('{"sessionId":', () => response.destroy()),
    ];
    for (const lose of lost) {
      await assert.rejects(forkOver(lose), { code: 'fork_failed', message: /in the list/u });
    }
  });
});
