// The thread in which sessions are listed, read and forked: dist/stores.worker.js. It must not load VS Code's API.
import { parentPort, workerData } from 'node:worker_threads';
import { serveStores } from './serveStores.ts';

if (parentPort) {
  serveStores(parentPort, workerData);
}
