import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureFolder } from './paths.ts';

const FILES = {
  'README.md': '# Notes\n\nA small service that signs people in.\n',
  'src/login.ts': `import { issueToken } from './tokens.ts';

export function login(user: string, password: string): string {
  if (password.length < 12) throw new Error('The password is too short.');
  return issueToken(user);
}
`,
  'src/tokens.ts': `const LIFETIME_MS = 15 * 60_000;

export function issueToken(user: string): string {
  const expires = Date.now() + LIFETIME_MS;
  return Buffer.from(\`\${user}:\${expires}\`).toString('base64url');
}
`,
};

/** A folder with a little code, for a person or a test to open. */
export function makeSampleWorkspace(folder: string): string {
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(folder, name);
    ensureFolder(dirname(path));
    writeFileSync(path, text);
  }
  return folder;
}
