import { ask, edit, fail, read, run, type SampleSession, say, search, work } from '../notation.ts';

const day = 24 * 60;

/** Sessions of the workspace that stand for themselves: a plain one, an orphan, a damaged one. */
export const others: readonly SampleSession[] = [
  {
    key: 'bump-node',
    agent: 'claude-code',
    title: 'Bump Node to 24',
    minutesAgo: 2 * day,
    messages: [
      ask('Bump Node to 24 everywhere.'),
      work([
        search('node.?22', '.nvmrc:1\nDockerfile:1\n.github/workflows/ci.yml:14'),
        edit('.nvmrc', '22\n', '24\n'),
        edit('Dockerfile', 'FROM node:22-slim\n', 'FROM node:24-slim\n'),
      ]),
      work([fail('npm test', "✗ Cannot find module 'better-sqlite3/build/Release'")]),
      say('`better-sqlite3` was built for Node 22. It needs a rebuild, or `node:sqlite`, which Node 24 has.'),
      ask('Rebuild it.'),
      work([run('npm rebuild better-sqlite3 && npm test', '✓ 48 passed in 6.3s')]),
      say('Rebuilt; 48 tests pass on Node 24.11.'),
    ],
  },
  {
    key: 'use-node-sqlite',
    agent: 'claude-code',
    title: 'Use node:sqlite',
    minutesAgo: 2 * day - 45,
    fork: { of: 'bump-node', keeps: 4 },
    messages: [
      ask('Use node:sqlite and drop the package.'),
      work([
        edit(
          'src/db.ts',
          'export const db = new Database(file);\n',
          'export const db = new DatabaseSync(file);\n',
        ),
        run('npm test', '✓ 48 passed in 5.9s'),
      ]),
      say('One dependency less, and nothing to build in Docker.'),
    ],
  },
  {
    key: 'move-to-pino',
    agent: 'qwen-code',
    title: 'Move logging to pino',
    minutesAgo: 3 * day,
    messages: [
      ask('Move logging from winston to pino.'),
      work([
        search('winston', 'src/log.ts:1\nsrc/server.ts:4'),
        read('src/log.ts', 'export const log = winston.createLogger({ level });'),
      ]),
      work([
        edit(
          'src/log.ts',
          'export const log = winston.createLogger({ level });\n',
          'export const log = pino({ level });\n',
        ),
        run('npm test', '✓ 48 passed in 6.0s'),
      ]),
      say(
        '`src/log.ts` was the only place that knew winston. Log lines are JSON now, with `level` as a number.',
      ),
    ],
  },
  {
    key: 'caching',
    agent: 'qwen-code',
    title: 'Cache the price list',
    minutesAgo: 4 * day + 90,
    deleted: true,
    messages: [
      ask('Cache the price list.'),
      work([read('src/prices.ts', 'export const prices = () => fetch(url).then((r) => r.json());')]),
      say('It is fetched on each request, 180 ms each. An LRU of one entry would do.'),
      ask('Do it.'),
      work([edit('src/prices.ts', 'fetch(url)', 'cached(fetch(url))')]),
      work([fail('npm test -- prices', '✗ expected fresh prices after an update')]),
      say('The test expects fresh prices after an update, so the cache must be told.'),
    ],
  },
  {
    key: 'second-try-caching',
    agent: 'qwen-code',
    title: 'Second try at caching',
    minutesAgo: 4 * day,
    fork: { of: 'caching', keeps: 7 },
    messages: [
      ask('Drop the cache whenever a price is written.'),
      work([
        edit('src/prices.ts', 'await save(price);\n', 'await save(price);\ncache.clear();\n'),
        run('npm test -- prices', '✓ 9 passed in 1.2s'),
      ]),
      say('A write clears the cache. Reads take 2 ms instead of 180 ms.'),
    ],
  },
  {
    key: 'import-legacy-users',
    agent: 'qwen-code',
    title: 'Import legacy users',
    minutesAgo: 5 * day,
    breaksOff: 'I import the 7,990 rows with a mail address, in batches of 500.',
    messages: [
      ask('Import the users of the old system from users.csv.'),
      work([run('head -3 users.csv', 'id;mail;pw\n1;a@example.com;5f4dcc3b\n2;b@example.com;e10adc39')]),
      say(
        'The passwords are unsalted MD5. I would import the users without them and send a link to set a new one.',
      ),
      ask('Agreed. How many rows have no mail address?'),
      work([run("awk -F';' '$2==\"\"' users.csv | wc -l", '214')]),
      say('214 of 8,204. Those cannot sign in; I list them in `skipped.csv`.'),
      ask('Import the rest.'),
    ],
  },
];

/** Sessions of other folders. */
export const elsewhere: readonly SampleSession[] = [
  {
    key: 'shrink-docker-image',
    agent: 'qwen-code',
    title: 'Shrink the Docker image',
    minutesAgo: 2 * day + 200,
    folder: 'infra',
    messages: [
      ask('The image has 1.2 GB. Shrink it.'),
      work([read('Dockerfile', 'FROM node:22\nCOPY . .\nRUN npm install')]),
      say('A second stage with `node:24-slim` and `npm ci --omit=dev` brings it to 210 MB.'),
    ],
  },
  {
    key: 'explain-billing-cron',
    agent: 'claude-code',
    title: 'Explain the billing cron',
    minutesAgo: 6 * day,
    folder: 'billing',
    messages: [
      ask('What does the billing cron do on the 29th?'),
      work([search('0 3 29', 'crontab:7')]),
      say('It closes the month early in February, and does nothing in the other months.'),
    ],
  },
  {
    key: 'draft-api-guide',
    agent: 'claude-code',
    title: 'Draft the v3 API guide',
    minutesAgo: 8 * day,
    folder: 'docs',
    messages: [
      ask('Draft the outline of the v3 API guide.'),
      say('1. What changes from v2\n2. Signing in with OAuth\n3. Pages and cursors\n4. Errors\n5. Limits'),
    ],
  },
];
