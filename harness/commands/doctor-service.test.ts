import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InfrastructureError } from '../errors.ts';
import { type Host, processHost } from '../host.ts';
import { doctorService } from './doctor-service.ts';
import { runProgram } from './program.ts';

/** The watchers by themselves: what they tell goes nowhere. */
const preload = new URL('../../instrumentation/libraries/fixtures/preload.ts', import.meta.url).href;

let folder: string;
let host: Host & { output(): string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-doctor-test-'));
  const stdout = new PassThrough();
  let output = '';
  stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: folder };
  host = { ...processHost(), env, cwd: folder, stdout, output: () => output };
  const listen = `require('node:http').createServer().listen(0, '127.0.0.1')`;
  const files = {
    'service.cjs': `require('hono'); require('opossum'); ${listen}`,
    'moved.cjs': `require('moved-opossum'); ${listen}`,
    'script.cjs': `require('opossum')`,
    'broken.cjs': `console.error('no database'); process.exit(3)`,
    'node_modules/hono/package.json': '{"version": "4.0.0", "main": "router.js"}',
    'node_modules/hono/router.js': `require('./dist/cjs/router/smart-router/router.js')`,
    'node_modules/hono/dist/cjs/router/smart-router/router.js': 'exports.SmartRouter = class { add() {} }',
    'node_modules/opossum/package.json': '{"version": "10.0.0"}',
    'node_modules/opossum/index.js': `module.exports = require('./lib/circuit.js')`,
    'node_modules/opossum/lib/circuit.js': `module.exports = class extends require('events') {}`,
    'node_modules/moved-opossum/package.json': '{"version": "1.0.0"}',
    'node_modules/moved-opossum/index.js': `require('opossum')`,
    'node_modules/moved-opossum/node_modules/opossum/package.json': '{"version": "11.0.0"}',
    'node_modules/moved-opossum/node_modules/opossum/index.js': 'exports.elsewhere = true',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What it printed, without this machine's folder and version. */
async function doctor(...command: string[]): Promise<{ code: number; printed: string }> {
  const before = host.output().length;
  const code = await doctorService([process.execPath, ...command], host, preload);
  const printed = host.output().slice(before);
  return { code, printed: printed.replaceAll(folder, '…').replaceAll(process.versions.node, '24.0.0') };
}

it('shows which packages of a service are watched, and stops it', async () => {
  expect(await doctor('service.cjs')).toEqual({
    code: 0,
    printed: `…/service.cjs
Node 24.0.0

package  version  hooks
hono     4.0.0    1/1    ✓ watched
opossum  10.0.0   1/1    ✓ watched

Every package that can be watched is.
`,
  });
});

it('a package that was loaded without being hooked is 1, and is explained within 80 columns', async () => {
  const { code, printed } = await doctor('moved.cjs');
  expect(printed).toBe(`…/moved.cjs
Node 24.0.0

package  version  hooks
opossum  11.0.0   0/1    ✗ not watched
    this version keeps its code in other files: it is not watched

1 of 1 packages is not watched.
`);
  expect(code).toBe(1);
});

it('a script that ends by itself is shown too', async () => {
  const { code, printed } = await doctor('script.cjs');
  expect(printed).toContain('no server of it listens');
  expect(printed).toContain('opossum  10.0.0   1/1    ✓ watched');
  expect(code).toBe(0);
});

it.each([
  [[process.execPath, 'broken.cjs'], 'ended before it listened: exit code 3', 'no database'],
  [['no-such-program'], 'cannot be started', 'Expected a program on PATH, got "no-such-program"'],
  [['true'], 'ended before it listened: exit code 0', '(empty)'],
])('%s did not start', async (command, ...sentences) => {
  const error = await doctorService(command, host, preload).catch((it) => it);
  expect(error).toBeInstanceOf(InfrastructureError);
  for (const sentence of sentences) expect(error.message).toContain(sentence);
  expect((await readdir(folder)).filter((name) => name.startsWith('ordeal-doctor-'))).toEqual([]);
});

it('an option that it does not have is wrong usage', async () => {
  const stderr = new PassThrough();
  expect(await runProgram(['doctor', '--port', '1'], { ...host, stderr })).toBe(64);
});
