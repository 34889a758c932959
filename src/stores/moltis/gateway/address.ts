import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../common/publish.ts';

/** Where the gateway listens, and the certificate that it signs its own with. */
export interface Address {
  /** `ws:` or `wss:`, path included. */
  readonly url: string;
  readonly certificate?: string;
}

const standardPort = 18789;
const path = '/ws/chat';

/**
 * The gateway's address by `moltis.toml` in `config` (20260820.01: TLS unless it is turned off there, with a certificate
 * of its own beside the file); `url` takes the place of what that file says.
 */
export async function gatewayAddress(config: string, url: string | undefined): Promise<Address> {
  const address = url ? withPath(url) : configuredUrl((await textIn(join(config, 'moltis.toml'))) ?? '');
  const certificate = address.startsWith('wss:') ? await textIn(join(config, 'certs', 'ca.pem')) : undefined;
  return { url: address, ...(certificate ? { certificate } : {}) };
}

/** Takes the page's own address, too: http(s) becomes ws(s). */
function withPath(url: string): string {
  const parsed = new URL(url.replace(/^http/i, 'ws'));
  if (parsed.pathname === '/') {
    parsed.pathname = path;
  }
  return parsed.href;
}

function configuredUrl(toml: string): string {
  const server = section(toml, 'server');
  const bind = /^\s*bind\s*=\s*["']([^"']+)["']/m.exec(server)?.[1] ?? '127.0.0.1';
  const port = Number(/^\s*port\s*=\s*(\d+)/m.exec(server)?.[1] ?? standardPort);
  const isPlain = /^\s*enabled\s*=\s*false\b/m.test(section(toml, 'tls'));
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind;
  return `${isPlain ? 'ws' : 'wss'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

/** The lines below `[name]`, up to the next table. */
function section(toml: string, name: string): string {
  const lines = toml.split(/\r?\n/);
  const start = lines.findIndex((line) => new RegExp(`^\\s*\\[\\s*${name}\\s*\\]`).test(line));
  const rest = start === -1 ? [] : lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\s*\[/.test(line));
  return (end === -1 ? rest : rest.slice(0, end)).join('\n');
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
