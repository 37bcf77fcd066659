// What `npm run demo` and `npm test` start, in plain JavaScript for old Nodes, before any dependency is there:
//  1. install the JavaScript dependencies when they are missing or out of date (they bring Node 24)
//  2. link the command `ordeal`, so that `npx ordeal` works in the clone
//  3. get the other parts: `ordeal setup`
//  4. run the demo, or types, lint and tests
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNode24OrNewer, packagedNode, runToEnd } from './launch.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ordeal = join(root, 'bin', 'ordeal.js');

/** A failure that is one sentence for a person. */
class Refusal extends Error {
  constructor(message, exitCode = 4) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function first([what, ...args]) {
  if (what !== 'demo' && what !== 'test')
    throw new Refusal('Usage: node bin/first.js demo|test [arguments]', 64);
  await installDependencies();
  linkOrdeal();
  const node = newNode();
  return what === 'demo' ? demo(node, args) : test(node, args);
}

async function demo(node, args) {
  const setup = await runToEnd(node, [ordeal, 'setup', ...stackOf(args)], { cwd: root });
  return setup || runToEnd(node, [ordeal, 'run', 'redis-outage', ...args], { alone: true, cwd: root });
}

/** Both commands take `--stack`; only the set-up needs to know it before the run does. */
function stackOf(args) {
  const at = args.findIndex((arg) => arg === '--stack' || arg.startsWith('--stack='));
  if (at < 0) return [];
  return args[at] === '--stack' ? args.slice(at, at + 2) : [args[at]];
}

/** Every step runs, so that one run tells all that is wrong; the first that failed gives the exit code. */
async function test(node, args) {
  const steps = [
    // The tests run services as local processes too, whether there is Docker or not.
    ['set-up', ordeal, 'setup', '--stack', 'local'],
    ['types', packageProgram('typescript', 'tsc'), '-p', '.'],
    ['lint and format', packageProgram('@biomejs/biome', 'biome'), 'check', '.'],
    ['tests', packageProgram('vitest', 'vitest'), 'run', ...args],
  ];
  const failed = [];
  for (const [name, ...command] of steps) {
    console.log(`\n== ${name}`);
    const code = await runToEnd(node, command, { alone: name !== 'set-up', cwd: root });
    if (code > 128) return code;
    // Without a part the tests run what they can and name what they cannot; a CI server wants all of it.
    if (code !== 0 && (name !== 'set-up' || process.env.CI)) failed.push({ name, code });
  }
  if (failed.length === 0) return 0;
  console.log(`\nfailed: ${failed.map(({ name }) => name).join(', ')}`);
  return failed[0].code;
}

/** The JavaScript file of a dependency's command. */
function packageProgram(packageName, command) {
  const folder = join(root, 'node_modules', packageName);
  const { bin } = readJson(join(folder, 'package.json'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

async function installDependencies() {
  const state = stateOfDependencies();
  if (state === 'up to date') return;
  const npm = requireNpm();
  console.log(`The JavaScript dependencies are ${state}: installing them with \`npm ci\` (about 20 s).`);
  // NODE_ENV=production or a setting of npm must not leave out the compiler, the tests or PostgreSQL.
  const code = await runToEnd(
    npm.command,
    // Without its warnings, of which an old Node gets dozens: the dependencies are for the Node that they bring.
    [...npm.args, 'ci', '--include=dev', '--include=optional', '--loglevel=error'],
    { cwd: root },
  );
  if (code > 128) process.exit(code);
  if (code !== 0)
    throw new Refusal(`\`npm ci\` ended with ${code}; what it says above has to be mended first.`);
}

/** npm writes what it has installed in a lockfile of its own, as its last step. */
function stateOfDependencies() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return 'not there';
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const installed = readJson(hidden).packages;
  const isInstalled = (path) => {
    const { version, integrity, optional, devOptional } = wanted[path];
    const it = installed[path];
    if (it === undefined) return path === '' || optional === true || devOptional === true;
    return it.version === version && it.integrity === integrity;
  };
  return Object.keys(wanted).every(isInstalled) ? 'up to date' : 'out of date';
}

/** The npm that started us, else the one on PATH. Older than 7 it does not understand the lockfile. */
function requireNpm() {
  const ours = process.env.npm_execpath;
  const npm =
    ours?.endsWith('.js') && existsSync(ours)
      ? { command: process.execPath, args: [ours] }
      : { command: 'npm', args: [] };
  const { error, stdout } = spawnSync(npm.command, [...npm.args, '--version'], { encoding: 'utf8' });
  if (error)
    throw new Refusal('npm is not there: install Node 20 or newer with its npm (https://nodejs.org).');
  if (Number(stdout.split('.')[0]) >= 7) return npm;
  throw new Refusal(
    `npm 7 or newer is needed, this is ${stdout.trim()}: install Node 20 or newer (https://nodejs.org).`,
  );
}

/** npm links the commands of dependencies, not those of the package it stands in. */
function linkOrdeal() {
  const link = join(root, 'node_modules', '.bin', 'ordeal');
  const target = join('..', '..', 'bin', 'ordeal.js');
  if (linkedTo(link) === target) return;
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(target, link);
  chmodSync(ordeal, 0o755);
}

function linkedTo(link) {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Under npm this process can be any old Node; the one that the dependencies brought is the right one. */
function newNode() {
  const packaged = packagedNode(root);
  if (packaged !== undefined) return packaged;
  if (isNode24OrNewer(process.versions.node)) return process.execPath;
  throw new Refusal(
    `The npm package \`node\` brought no Node 24 (are npm's install scripts switched off?) and this is ${process.versions.node}: run \`npm ci --ignore-scripts=false\`.`,
  );
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

first(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof Refusal ? error.message : error);
    process.exitCode = error instanceof Refusal ? error.exitCode : 3;
  },
);
