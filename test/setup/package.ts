import { makeVsix } from './vsix.ts';

console.log(`Made ${await makeVsix()}`);
