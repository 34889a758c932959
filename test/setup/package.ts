import { makeVsix } from './vsix.ts';

const { path, output, bytes, room } = await makeVsix();
console.log(output);
console.log(`What takes the room, compressed:\n${room}`);
console.log(`Made ${path}, ${(bytes / 1000).toFixed(0)} KB`);
