import { test } from 'node:test';
import type { Workbench } from './workbench.ts';

/** Makes tests whose failure leaves a picture. */
export const stepsIn =
  (workbench: () => Workbench, name: string) =>
  (what: string, work: () => Promise<void>): void => {
    test(what, () =>
      work().catch(async (error: unknown) => {
        await workbench().screenshot(`failed-${name}`);
        throw error;
      }),
    );
  };
