import type { Readable } from 'node:stream';

/** A program's output as a web stream. (`Readable.toWeb` has Node's own stream type, which the SDK does not take.) */
export function byteStream(source: Readable): ReadableStream<Uint8Array> {
  let open = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const finish = (end: () => void) => (): void => {
        if (open) {
          open = false;
          end();
        }
      };
      source.on('data', (bytes: Uint8Array) => {
        if (open) {
          controller.enqueue(bytes);
        }
      });
      source.once(
        'close',
        finish(() => controller.close()),
      );
      source.once('error', (error) => finish(() => controller.error(error))());
    },
    cancel() {
      open = false;
      source.destroy();
    },
  });
}
