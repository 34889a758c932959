import { test } from 'node:test';
import { LAST } from './runner.ts';

test(LAST, () => undefined);
