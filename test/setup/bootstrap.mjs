// Plain JavaScript for Node 20: it gives every other script the project's own Node 24, which runs .ts files.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERBS = ['start', 'test', 'host', 'ui', 'agents', 'package'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const nodePackage = join(root, 'node_modules', 'node');

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args, cwd) {
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', shell });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`"${command} ${args.join(' ')}" failed with code ${status}.`);
}

function modifiedAt(...path) {
  return statSync(join(root, ...path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function installPackages() {
  if (modifiedAt('node_modules', '.package-lock.json') >= modifiedAt('package-lock.json')) return;
  console.log('Installing packages…');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root);
}

function findNode() {
  const names = process.platform === 'win32' ? ['node.exe', 'bin/node.exe'] : ['bin/node'];
  return names.map((name) => join(nodePackage, name)).find((path) => existsSync(path));
}

function projectNode() {
  const found = findNode();
  if (found) return found;
  // npm may be set to run no install scripts, and Node's package fetches its program in one.
  run(process.execPath, ['installArchSpecificPackage.js'], nodePackage);
  return findNode() ?? fail(`No program of Node 24 in ${nodePackage}; delete node_modules and try again.`);
}

function runVerb(verb, args) {
  const node = projectNode();
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  const script = join(root, 'test', 'setup', `${verb}.ts`);
  const child = spawn(node, [script, ...args], { cwd: root, env, stdio: 'inherit' });
  // The terminal sends Ctrl+C to the child as well; only the child knows what to end first.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

const [verb, ...args] = process.argv.slice(2);
if (!VERBS.includes(verb)) fail(`Usage: bootstrap.mjs ${VERBS.join('|')}`);
installPackages();
runVerb(verb, args);
