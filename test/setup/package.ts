import { makeVsix } from './vsix.ts';

const { path, output } = await makeVsix();
console.log(output);
console.log(`Made ${path}`);
