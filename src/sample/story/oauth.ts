import { ask, edit, fail, read, run, type SampleSession, say, search, work, write } from '../notation.ts';

const pkce = `import { createHash, randomBytes } from 'node:crypto';

export interface Challenge {
  readonly verifier: string;
  readonly challenge: string;
}

export function newChallenge(): Challenge {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, challenge };
}
`;

const rotate = `import { AuthError } from './errors.ts';
import { issue, type Pair } from './issue.ts';
import { hash, store } from './store.ts';

export async function rotate(token: string): Promise<Pair> {
  const row = await store.take(hash(token)); // one use only
  if (!row) throw new AuthError('refresh_reused', 401);
  return issue(row.userId, row.family);
}
`;

const addOauth: SampleSession = {
  key: 'add-oauth-login',
  agent: 'claude-code',
  title: 'Add OAuth login',
  minutesAgo: 180,
  messages: [
    ask('Add OAuth login to the API. Look at how sign-in works today before you change anything.'),
    work(
      [
        read('src/auth/routes.ts', "router.post('/login', async (req, res) => {\n  …\n});"),
        search('passwordHash', 'src/auth/login.ts:14\nsrc/users/model.ts:8'),
      ],
      { thinking: 'Sign-in is one route with a password. OAuth needs two: start and callback.' },
    ),
    say(
      'Sign-in is a single route, `POST /login`, with a password check in `src/auth/login.ts`. OAuth needs two routes beside it:\n\n1. `GET /oauth/start` redirects to the provider\n2. `GET /oauth/callback` exchanges the code\n\nShall I keep the password route?',
    ),
    ask('Yes, keep it. Use openid-client.'),
    work(
      [
        run('npm install openid-client', 'added 3 packages in 2s'),
        write('src/auth/oauth.ts', 'export const start = async () => client.discovery(issuer, id);\n'),
      ],
      { text: 'I add the package and a module for the two routes.' },
    ),
    work([fail('npm test -- auth', '✗ callback: state does not match\n\n1 failed, 38 passed')]),
    say(
      'The routes stand, but the callback test fails: `state` is kept in memory, and the test starts a second server. It belongs in the session cookie.',
    ),
    ask('Use the provider’s PKCE flow, no client secret in the app.'),
    work(
      [
        write('src/auth/pkce.ts', pkce),
        edit(
          'src/config.ts',
          '  clientSecret: process.env.OAUTH_SECRET,\n',
          '  // PKCE: there is no client secret.\n',
        ),
        run('npm test -- auth', '✓ 39 passed in 5.8s'),
      ],
      {
        thinking:
          'With PKCE the verifier travels in the cookie, and the challenge goes to the provider. That also fixes the state.',
      },
    ),
    say('PKCE is in place; the secret is gone from `config.ts`. All 39 auth tests pass.'),
    ask('Where do we keep the refresh tokens now?'),
    say(
      'In `sessions.refresh_token`, as plain text, valid for 30 days. Nothing marks a token as used, so a stolen one works until it expires.',
    ),
    ask('Leave it for now and finish the login page.'),
    work([
      edit(
        'src/pages/login.html',
        '<button type="submit">Sign in</button>\n',
        '<button type="submit">Sign in</button>\n<a class="button" href="/oauth/start">Sign in with Acme ID</a>\n',
      ),
      edit('src/pages/login.css', '.button { }\n', '.button {\n  display: block;\n  margin-top: 12px;\n}\n'),
    ]),
    say('The login page has a second button, **Sign in with Acme ID**, below the password form.'),
    ask('What happens when the provider is down?'),
    work([search('discovery\\(', 'src/auth/oauth.ts:3')]),
    say(
      '`discovery()` runs at each start and throws, so the page answers 500. I would cache the provider’s metadata for an hour and show a sentence instead.',
    ),
    ask('Do that.'),
    work([
      edit(
        'src/auth/oauth.ts',
        'export const start = async () => client.discovery(issuer, id);\n',
        'const metadata = cached(() => client.discovery(issuer, id), 3_600_000);\n\nexport const start = async () => metadata();\n',
      ),
      run('npm test -- auth', '✓ 41 passed in 6.0s'),
    ]),
    say('Done: metadata is cached for an hour, and the page says that Acme ID cannot be reached.'),
    ask('Write the lines for the changelog.'),
    work([
      edit(
        'CHANGELOG.md',
        '## Unreleased\n',
        '## Unreleased\n\n- Sign in with Acme ID (OAuth 2.1 with PKCE).\n',
      ),
    ]),
    say('One line under *Unreleased*. The branch is ready for review.'),
  ],
};

const rotateTokens: SampleSession = {
  key: 'rotate-tokens',
  agent: 'claude-code',
  title: 'Rotate tokens',
  minutesAgo: 60,
  fork: { of: 'add-oauth-login', keeps: 12 },
  messages: [
    ask('Rotate refresh tokens on use, and revoke the family when one is used twice.'),
    work(
      [
        write('src/auth/rotate.ts', rotate),
        edit(
          'src/auth/routes.ts',
          '  const user = await findByToken(refreshToken);\n  return res.json({ access: issue(user.id) });\n',
          '  const pair = await rotate(refreshToken);\n  return res.json(pair);\n',
        ),
        run('npm test -- auth', '✓ 42 passed in 6.4s'),
      ],
      {
        thinking:
          'A refresh token must be spent when it is used. `take` deletes and returns in one step, so two requests cannot both win. A second use means that one of them was stolen: revoke the family.',
      },
    ),
    say(
      "Each refresh now returns a new pair and spends the old token. A second use of the same token revokes its whole family:\n\n```ts\nexport async function rotate(token: string): Promise<Pair> {\n  const row = await store.take(hash(token)); // one use only\n  if (!row) throw new AuthError('refresh_reused', 401);\n  return issue(row.userId, row.family);\n}\n```\n\nAll 42 auth tests pass. **Before you merge:** clients that refresh in parallel get `401` on the second call.",
    ),
    ask('Allow a grace period of 10 s for parallel refreshes. Then run the whole suite.'),
    work(
      [
        edit(
          'src/auth/rotate.ts',
          "  if (!row) throw new AuthError('refresh_reused', 401);\n",
          '  if (!row) return recent(token, 10_000) ?? reused();\n',
        ),
        run('npm test', '✓ 48 passed in 6.1s'),
      ],
      { thinking: 'Within 10 s the same pair is given again; after that a reuse is a theft.' },
    ),
    say('Parallel refreshes within 10 s now get the same pair; 48 tests pass.'),
    ask('Write the migration for the family column, and show it to me.'),
    work([
      write(
        'migrations/014_token_family.sql',
        'alter table sessions add column family uuid not null default gen_random_uuid();\ncreate index sessions_family on sessions (family);\n',
      ),
      run('npm run db:migrate -- --env test', 'Applied 014_token_family.sql in 84 ms'),
    ]),
    say(
      'The suite passes: 48 tests, 6.1 s. Migration 014 adds the family column with an index:\n\n```sql\nalter table sessions add column family uuid not null default gen_random_uuid();\ncreate index sessions_family on sessions (family);\n```',
    ),
  ],
  rewound: {
    keeps: 15,
    messages: [
      ask('Keep them opaque'),
      say(
        'Then the refresh token stays a random id, and only its hash is stored. `rotate.ts` already works that way; nothing else has to change.',
      ),
    ],
  },
};

const redisAllowList: SampleSession = {
  key: 'redis-allow-list',
  agent: 'claude-code',
  title: 'Redis allow-list',
  minutesAgo: 40,
  fork: { of: 'rotate-tokens', keeps: 18 },
  messages: [
    ask('Keep the valid refresh tokens in Redis instead, as an allow-list.'),
    work([
      write(
        'src/auth/allowList.ts',
        "import { redis } from '../redis.ts';\n\nexport const take = (key: string) => redis.getdel('refresh:' + key);\n",
      ),
      run('npm test -- auth', '✓ 44 passed in 7.2s'),
    ]),
    say(
      '`GETDEL` takes a token in one step. A token that is not in the list is refused; expiry is Redis’s own.',
    ),
    ask('How much memory is that for 100,000 sessions?'),
    say('About 19 MB: a 70-byte key and a 90-byte value each, with Redis’s overhead.'),
  ],
};

const migrationFirst: SampleSession = {
  key: 'migration-first',
  agent: 'claude-code',
  title: 'Migration first',
  minutesAgo: 12,
  fork: { of: 'redis-allow-list', keeps: 21 },
  messages: [
    ask('Before that, move the tokens that exist. Nobody should be signed out.'),
    work(
      [
        write(
          'scripts/moveTokens.ts',
          "for await (const row of rows('select * from sessions where refresh_token is not null')) {\n  await put(hash(row.refresh_token), row);\n}\n",
        ),
        run('node scripts/moveTokens.ts --dry-run', '8,204 tokens would be moved'),
      ],
      { thinking: 'Read both places during the move, write to the new one only.' },
    ),
    say(
      'The script moves 8,204 tokens and can run twice. While it runs, `rotate` looks in Redis first and in the table second.',
    ),
  ],
};

const opaqueTokens: SampleSession = {
  key: 'opaque-tokens',
  agent: 'claude-code',
  title: 'Opaque tokens',
  minutesAgo: 120,
  fork: { of: 'add-oauth-login', keeps: 12 },
  messages: [
    ask('Use opaque tokens instead of JWTs for the access token too, looked up on each request.'),
    work([
      write(
        'src/auth/opaque.ts',
        'export const issue = async (userId: string) => put(randomUUID(), { userId });\n',
      ),
      edit('src/auth/jwt.ts', 'export const sign = (claims: Claims) => new SignJWT(claims).sign(key);\n', ''),
      run('npm test -- auth', '✓ 40 passed in 6.9s'),
    ]),
    say(
      'Access tokens are now random ids in Redis. Every request costs one lookup (0.4 ms on this machine); logout takes effect at once.',
    ),
    ask('What happens when Redis is down?'),
    say('Requests fail closed with 503. The guard in `opaque.ts` retries once after 50 ms.'),
    ask('Measure it under load before we decide.'),
    work([
      run(
        'npx autocannon -d 10 http://localhost:3000/me',
        '11,380 req/s, p99 6.1 ms (before: 12,040 req/s, p99 4.8 ms)',
      ),
    ]),
    say(
      '| | req/s | p99 |\n|---|---|---|\n| JWT | 12,040 | 4.8 ms |\n| opaque | 11,380 | 6.1 ms |\n\nFive percent fewer requests, for a logout that works.',
    ),
  ],
};

const eddsa: SampleSession = {
  key: 'sign-with-eddsa',
  agent: 'claude-code',
  title: 'Sign with EdDSA',
  minutesAgo: 125,
  fork: { of: 'add-oauth-login', keeps: 12 },
  messages: [
    ask('Sign the access tokens with EdDSA instead of RS256.'),
    work([
      edit('src/auth/jwt.ts', "alg: 'RS256'", "alg: 'EdDSA'"),
      run('npm test -- auth', '✓ 39 passed in 5.7s'),
    ]),
    say(
      'Tokens are signed with Ed25519: 64 bytes of signature instead of 256. Old tokens are accepted until they expire.',
    ),
  ],
};

/** "Add OAuth login" with all that was tried from it; the forks of one session in the order of the tree. */
export const oauth: readonly SampleSession[] = [
  addOauth,
  rotateTokens,
  redisAllowList,
  migrationFirst,
  opaqueTokens,
  eddsa,
];
