import { ask, edit, fail, read, run, type SampleSession, say, work, write } from '../notation.ts';

const day = 24 * 60;

const flakyUpload: SampleSession = {
  key: 'flaky-upload-test',
  agent: 'qwen-code',
  title: 'Flaky upload test',
  minutesAgo: day,
  messages: [
    ask('The upload test fails about once in twenty runs. Find out why.'),
    work(
      [
        read('test/upload.test.ts', "await wait(100);\nexpect(await bucket.list()).toContain('a.png');"),
        fail(
          'npx vitest run test/upload.test.ts --repeat 40',
          '✗ 2 of 40 failed: expected [] to contain a.png',
        ),
      ],
      { thinking: 'It waits 100 ms for an upload in the background. On a busy machine that is too short.' },
    ),
    say('The test sleeps for 100 ms and hopes that the upload is done. It was not, in 2 of 40 runs.'),
    ask('How can it know when the upload is done?'),
    work([read('src/upload/queue.ts', 'export class UploadQueue {\n  idle(): Promise<void> { … }\n}')]),
    say(
      '`UploadQueue` has an `idle()` that nobody uses. The test can await it:\n\n```ts\nawait queue.idle();\n```',
    ),
    ask('Use idle() then.'),
    work([
      edit('test/upload.test.ts', 'await wait(100);\n', 'await queue.idle();\n'),
      run('npx vitest run test/upload.test.ts --repeat 40', '✓ 40 of 40 passed'),
    ]),
    say('40 of 40 runs pass, and the test is 90 ms faster.'),
    ask('Are there other sleeps like that?'),
    work([run('grep -rn "wait(" test', 'test/mail.test.ts:12\ntest/cache.test.ts:31')]),
    say('Two more: `test/mail.test.ts:12` and `test/cache.test.ts:31`.'),
    ask('Leave those.'),
    say('Then this is done.'),
  ],
};

const fakeTimers: SampleSession = {
  key: 'try-fake-timers',
  agent: 'qwen-code',
  title: 'Try fake timers',
  minutesAgo: day - 30,
  fork: { of: 'flaky-upload-test', keeps: 6 },
  messages: [
    ask('Try fake timers instead.'),
    work([
      edit(
        'test/upload.test.ts',
        'await wait(100);\n',
        'vi.useFakeTimers();\nawait vi.advanceTimersByTimeAsync(100);\n',
      ),
      fail('npx vitest run test/upload.test.ts', '✗ timed out after 5000 ms'),
    ]),
    say(
      'The upload goes through a real socket, which fake timers do not move. The test now hangs instead of failing.',
    ),
    ask('Go back then.'),
    say('Reverted. `idle()` remains the way to go.'),
  ],
};

const mockClock: SampleSession = {
  key: 'mock-the-clock',
  agent: 'qwen-code',
  title: 'Mock the clock',
  minutesAgo: day - 120,
  fork: { of: 'try-fake-timers', keeps: 9 },
  messages: [
    ask('Mock the clock only, and leave the timers alone.'),
    work([
      edit('test/upload.test.ts', 'vi.useFakeTimers();\n', "vi.useFakeTimers({ toFake: ['Date'] });\n"),
      run('npx vitest run test/upload.test.ts --repeat 40', '✓ 40 of 40 passed'),
    ]),
    say('With only `Date` faked the socket lives on, and 40 of 40 runs pass.'),
  ],
};

const realBucket: SampleSession = {
  key: 'real-s3-bucket',
  agent: 'qwen-code',
  title: 'Run against a real S3 bucket in CI',
  minutesAgo: day - 60,
  fork: { of: 'flaky-upload-test', keeps: 6 },
  messages: [
    ask('Run against a real S3 bucket in CI instead of the fake one.'),
    work([
      write(
        '.github/workflows/upload.yml',
        'jobs:\n  upload:\n    services:\n      minio: { image: minio/minio }\n',
      ),
    ]),
    say('CI starts MinIO beside the job. It adds 11 s, and the test talks to a real bucket.'),
  ],
};

/** "Flaky upload test" with its forks. */
export const upload: readonly SampleSession[] = [flakyUpload, fakeTimers, mockClock, realBucket];
