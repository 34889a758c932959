/** How long work of ours may keep everything else in the process waiting, in ms. */
const turnMs = 8;

let began = performance.now();
let waiting: Promise<void> | undefined;

/** Whether `takeTurn` is to be awaited. */
export const isTurnOver = (): boolean => waiting !== undefined || performance.now() - began >= turnMs;

/** To be awaited between pieces of work: when they took their time together, all else in the process comes first. */
export async function takeTurn(): Promise<void> {
  if (!isTurnOver()) {
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
