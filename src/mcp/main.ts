import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { contextFrom } from './environment.ts';
import { createServer } from './server.ts';

// Standard output belongs to the protocol; nothing else may be written to it.
const context = await contextFrom(process.env);
serveStdio(() => createServer(context));
