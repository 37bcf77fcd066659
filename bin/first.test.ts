import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let clone: string;
let path: string;

/** A clone of its own with the real launchers, whose other programs say what they are called with. */
beforeEach(async () => {
  clone = await realpath(await mkdtemp(join(tmpdir(), 'ordeal-first-')));
  path = join(clone, 'path');
  await mkdir(join(clone, 'bin'));
  for (const file of ['first.js', 'launch.js'])
    await copyFile(join(import.meta.dirname, file), join(clone, 'bin', file));
  await write('package.json', '{ "type": "module" }');
  await write('bin/ordeal.js', sayer('ordeal'));
  await writeLock('package-lock.json', { a: '1.0.0', b: '2.0.0' });
});
afterEach(() => rm(clone, { recursive: true }));

async function write(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(clone, file)), { recursive: true });
  await writeFile(join(clone, file), text);
  await chmod(join(clone, file), mode);
}

function sayer(name: string): string {
  const code = `process.env.FAIL === '${name}' ? 5 : 0`;
  return `console.log(['${name}', ...process.argv.slice(2)].join(' ')); process.exitCode = ${code};`;
}

async function writeLock(file: string, versions: Record<string, string>): Promise<void> {
  const entries = Object.entries(versions).map(([name, version]) => [`node_modules/${name}`, { version }]);
  const optional = { 'node_modules/other-machine': { version: '1.0.0', optional: true } };
  const packages =
    file === 'package-lock.json'
      ? { '': {}, ...Object.fromEntries(entries), ...optional }
      : Object.fromEntries(entries);
  await write(file, JSON.stringify({ packages }));
}

async function installed(versions: Record<string, string> = { a: '1.0.0', b: '2.0.0' }): Promise<void> {
  await writeLock('node_modules/.package-lock.json', versions);
  await mkdir(join(clone, 'node_modules/node/bin'), { recursive: true });
  await symlink(process.execPath, join(clone, 'node_modules/node/bin/node'));
  for (const [name, command] of [
    ['typescript', 'tsc'],
    ['@biomejs/biome', 'biome'],
    ['vitest', 'vitest'],
  ]) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ bin: { [command!]: 'it.js' } }));
    await write(`node_modules/${name}/it.js`, sayer(command!));
  }
}

/** An npm whose `ci` says so and does what `does` says. */
async function npm(version: string, does = ''): Promise<void> {
  await write(
    'path/npm',
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\necho "npm $*"\n${does}\n`,
    0o755,
  );
}

async function first(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; lines: string[] }> {
  const child = spawn(process.execPath, [join(clone, 'bin/first.js'), ...args], {
    env: { PATH: path, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, lines: text.split('\n').filter(Boolean) };
}

describe('demo', () => {
  it.each([
    ['no argument', [], 'ordeal setup'],
    ['a stack', ['--stack', 'local', '--seed', '4'], 'ordeal setup --stack local'],
    ['a stack in one word', ['--seed', '4', '--stack=docker'], 'ordeal setup --stack=docker'],
  ])('sets up, then runs, with %s', async (_, args, setup) => {
    await installed();
    const { code, lines } = await first(['demo', ...args]);
    expect(lines).toEqual([setup, ['ordeal run redis-outage', ...args].join(' ')]);
    expect(code).toBe(0);
  });

  it('does not run after a set-up that failed, and ends with its exit code', async () => {
    await installed();
    expect(await first(['demo'], { FAIL: 'ordeal' })).toEqual({ code: 5, lines: ['ordeal setup'] });
  });

  it('links the command, so that npx finds it', async () => {
    await installed();
    await first(['demo']);
    expect(await readlink(join(clone, 'node_modules/.bin/ordeal'))).toBe('../../bin/ordeal.js');
  });
});

describe('test', () => {
  const steps = (...args: string[]) => [
    ...['== set-up', 'ordeal setup --stack local'],
    ...['== types', 'tsc -p .'],
    ...['== lint and format', 'biome check .'],
    ...['== tests', ['vitest run', ...args].join(' ')],
  ];

  it('names each step and hands its arguments to the tests', async () => {
    await installed();
    expect(await first(['test', 'harness/stack'])).toEqual({ code: 0, lines: steps('harness/stack') });
  });

  it('takes every step although one failed, and says which', async () => {
    await installed();
    expect(await first(['test'], { FAIL: 'tsc' })).toEqual({ code: 5, lines: [...steps(), 'failed: types'] });
  });

  it.each([
    ['goes on', undefined, { code: 0, lines: steps() }],
    ['fails on a CI server', 'true', { code: 5, lines: [...steps(), 'failed: set-up'] }],
  ])('%s when a part cannot be had', async (_, ci, expected) => {
    await installed();
    expect(await first(['test'], { FAIL: 'ordeal', ...(ci && { CI: ci }) })).toEqual(expected);
  });
});

describe('dependencies', () => {
  const install = 'npm ci --include=dev --include=optional --loglevel=error';

  it.each([
    ['not there', undefined],
    ['out of date', { a: '1.0.0', b: '1.9.9' }],
    ['out of date', { a: '1.0.0' }],
  ])('that are %s are installed first', async (state, versions) => {
    await installed(versions);
    if (!versions) await rm(join(clone, 'node_modules/.package-lock.json'));
    await npm('11.0.0');
    const { code, lines } = await first(['demo']);
    expect(lines[0]).toMatch(`The JavaScript dependencies are ${state}: installing them with \`npm ci\``);
    expect(lines.slice(1)).toEqual([install, 'ordeal setup', 'ordeal run redis-outage']);
    expect(code).toBe(0);
  });

  it.each([
    ['npm is not there', async () => {}, /^npm is not there: install Node 20/],
    ['npm is too old', () => npm('6.14.18'), /^npm 7 or newer is needed, this is 6\.14\.18: /],
    ['npm fails', () => npm('11.0.0', 'exit 9'), /^`npm ci` ended with 9; /],
    [
      'no Node came with them',
      () => npm('11.0.0', '/bin/mkdir node_modules'),
      /^The npm package `node` brought no Node 24/,
    ],
  ])('%s: one sentence', async (_, prepare, sentence) => {
    await mkdir(path);
    await prepare();
    const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })`;
    const { code, lines } = await first(['demo'], { NODE_OPTIONS: `--import="${old}"` });
    expect(lines.at(-1)).toMatch(sentence);
    expect(code).toBe(4);
  });
});

it('says how it is used', async () => {
  expect(await first(['something'])).toEqual({
    code: 64,
    lines: ['Usage: node bin/first.js demo|test [arguments]'],
  });
});
