import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { instrumentations, leftOut } from './others.ts';

const run = promisify(execFile);
const preload = fileURLToPath(new URL('fixtures/others-preload.ts', import.meta.url));
const { runs, titled } = await needsNodes(...supportedLines);

let folder: string;
const needs = (...names: string[]) =>
  JSON.stringify({ version: '3.9.0', dependencies: Object.fromEntries(names.map((name) => [name, '*'])) });
const work = 'new Pool().acquire()';

/** A package of the name and shape that OpenTelemetry's instrumentation patches, and services that have it or not. */
const files = {
  'node_modules/generic-pool/package.json': needs(),
  'node_modules/generic-pool/index.js': 'exports.Pool = class Pool { async acquire() {} }',
  'node_modules/watched/package.json': needs(),
  'node_modules/watched/index.js': 'exports.watched = true',
  'node_modules/orm/package.json': needs('generic-pool'),
  'node_modules/orm/index.js': '',
  'has/package.json': needs('generic-pool', 'watched'),
  'has/service.mjs': `import { Pool } from 'generic-pool'; import 'watched'\n${work}`,
  'has/service.cjs': `const { Pool } = require('generic-pool'); require('watched')\n${work}`,
  'below/package.json': needs('orm'),
  'below/service.cjs': '',
  'without/package.json': needs('watched'),
  'without/service.cjs': `require('watched')`,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-others-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(node: string, script: string, env = {}) {
  const { stdout, stderr } = await run(node, ['--import', preload, join(folder, script)], {
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env },
  });
  return { ...JSON.parse(stdout), stderr };
}

const nothing = { loaded: [], spans: [], files: false, stderr: '' };
const pooled = { loaded: ['generic-pool'], spans: ['generic-pool.acquire'], files: true, stderr: '' };

describe.runIf(runs).each(supportedLines)(titled('on Node %s'), (line) => {
  it.each([
    ['has/service.mjs', {}, { ...pooled, patched: ['watched'] }],
    ['has/service.cjs', {}, { ...pooled, patched: ['watched'] }],
    ['has/service.cjs', { DISABLED: 'generic-pool' }, { ...nothing, patched: ['watched'] }],
    ['below/service.cjs', {}, { ...pooled, spans: [], patched: [] }],
    ['without/service.cjs', {}, { ...nothing, patched: ['watched'] }],
  ])('%s %j', async (script, env, expected) => {
    expect(await start(await nodeBinary(line), script, env)).toEqual(expected);
  });
});

it('every instrumentation of the bundle is either loaded when it is needed or left out on purpose', async () => {
  const main = createRequire(import.meta.url).resolve('@opentelemetry/auto-instrumentations-node');
  const bundle = JSON.parse(await readFile(join(dirname(main), '../package.json'), 'utf8'));
  const brought = Object.keys(bundle.dependencies)
    .filter((name) => name.startsWith('@opentelemetry/instrumentation-'))
    .map((name) => name.slice('@opentelemetry/instrumentation-'.length));
  expect([...new Set(Object.values(instrumentations)), ...leftOut].toSorted()).toEqual(brought.toSorted());
});
