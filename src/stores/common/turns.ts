/** How long work of ours may keep everything else in the process waiting, in ms. */
const turnMs = 8;

let began = performance.now();
let waiting: Promise<void> | undefined;

/** To be awaited between pieces of work: when they took their time together, all else in the process comes first. */
export async function takeTurn(): Promise<void> {
  if (!waiting && performance.now() - began < turnMs) {
    return;
  }
  waiting ??= new Promise((resolve) =>
    setImmediate(() => {
      waiting = undefined;
      began = performance.now();
      resolve();
    }),
  );
  await waiting;
}
