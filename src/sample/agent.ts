import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { ndJsonStream } from '@agentclientprotocol/sdk/unstable';
import { sampleFormats } from './formats.ts';
import { SampleServer } from './server.ts';

/** The program of the sample agent: ACP on standard input and output. See `sampleAgentArguments`. */
function main(): void {
  const { values } = parseArgs({ options: { format: { type: 'string' }, home: { type: 'string' } } });
  const format = Object.values(sampleFormats).find(({ agent }) => agent === values.format);
  if (!format || !values.home) {
    process.stderr.write('Usage: sampleAgent --format claude-code|qwen-code --home <folder>\n');
    process.exitCode = 2;
    return;
  }
  const input = new ReadableStream<Uint8Array>({
    start(controller) {
      process.stdin
        .on('data', (bytes: Uint8Array) => controller.enqueue(bytes))
        .once('end', () => controller.close());
    },
  });
  const stream = ndJsonStream(Writable.toWeb(process.stdout), input);
  const { closed } = new SampleServer(format, values.home).app().connect(stream);
  void closed.then(() => process.exit(0));
}

main();
