import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { writePackages } from './fixtures/packages.ts';
import type { WrittenTable } from './write-table.ts';

const run = promisify(execFile);
const preload = fileURLToPath(new URL('fixtures/preload.ts', import.meta.url));
const { runs, titled } = await needsNodes(...supportedLines);

let packages: Awaited<ReturnType<typeof writePackages>>;
let folder: string;
let file: string;
beforeAll(async () => {
  packages = await writePackages();
  folder = await mkdtemp(join(tmpdir(), 'ordeal-hooks-'));
  file = join(folder, 'new', 'hooks.json');
});
afterAll(async () => {
  await packages?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const flags = ['--import', preload];

async function start(node: string, script: string, options: { flags?: string[]; env?: object } = {}) {
  const { stdout, stderr } = await run(node, [...(options.flags ?? flags), script], {
    cwd: packages.folder,
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ORDEAL_HOOKS_FILE: file, ...options.env },
  });
  return { told: stdout && JSON.parse(stdout), stderr: stderr.trim().split('\n').filter(Boolean) };
}

async function table(): Promise<WrittenTable> {
  return JSON.parse(await readFile(file, 'utf8'));
}

const ours = '@ordeal/preload: ';
const thrower = `${ours}thrower is not watched: its index.js could not be patched (the service is not affected): not as expected`;
const missed = [
  `${ours}moved 1.2.3 is loaded, but not watched: this version keeps its code in other files: it is not watched`,
  `${ours}thrower 1.2.3 is loaded, but not watched: could not be patched: index.js: not as expected`,
];
const plainPatched = 'plain: answer json main own line';

const kinds = supportedLines.flatMap((line) =>
  ['service.mjs', 'service.cjs'].map((it) => [line, it] as const),
);

describe.runIf(runs).each(kinds)(titled('on Node %s, %s'), (line, script) => {
  it('runs as without, each copy of a package is patched once, and what was not is told once', async () => {
    const node = await nodeBinary(line);
    const { told: expected } = await start(node, script, { flags: [] });
    const { told, stderr } = await start(node, script);
    expect(told.patched.toSorted()).toEqual([
      'modern: Local nowhere',
      plainPatched,
      plainPatched,
      plainPatched,
    ]);
    expect(told).toEqual({ ...expected, patched: told.patched });
    expect(stderr).toEqual([thrower, ...missed]);
  });

  it('source maps and compiled code that is kept change nothing', async () => {
    const node = await nodeBinary(line);
    const { told: expected } = await start(node, script, { flags: ['--enable-source-maps'] });
    const env = { NODE_COMPILE_CACHE: join(folder, `cache-${line}-${script}`) };
    for (let time = 0; time < 2; time++) {
      const { told } = await start(node, script, { flags: ['--enable-source-maps', ...flags], env });
      expect(told).toEqual({ ...expected, patched: told.patched });
      expect(told.patched).toHaveLength(4);
    }
    expect((await readdir(env.NODE_COMPILE_CACHE)).length).toBeGreaterThan(0);
  });

  it('the table tells each copy', async () => {
    await start(await nodeBinary(line), script);
    const { rows, ...rest } = await table();
    expect(rest).toMatchObject({
      listens: false,
      bundled: false,
      monitors: [],
      instrumentations: ['@opentelemetry/instrumentation-x'],
      main: expect.stringMatching(script),
    });
    const told = rows.map(({ library, version, fired, expected, state }) =>
      [library, version, `${fired}/${expected}`, state].join(' '),
    );
    expect(told.toSorted()).toEqual([
      '@scoped/modern 1.2.3 1/1 hooked',
      'moved 1.2.3 0/1 missed',
      'plain 1.2.3 1/1 hooked',
      'plain 1.2.3 1/1 hooked',
      'plain 1.2.3 1/1 hooked',
      'silenced 1.2.3 0/0 off',
      'speaks 1.2.3 0/0 channel',
      'thrower 1.2.3 0/1 missed',
    ]);
  });
});

const anyNode = process.execPath;

it('on a Node whose hooks do harm CommonJS is patched, and ES modules are told of', async () => {
  const env = { PRETEND_NODE: '22.22.2' };
  const { told: expected } = await start(anyNode, 'service.cjs', { flags: [] });
  const { told } = await start(anyNode, 'service.cjs', { env });
  expect(told).toEqual({ ...expected, patched: told.patched });
  expect(told.patched).toEqual(['modern: Local nowhere', plainPatched, plainPatched, plainPatched]);
  const imported = await start(anyNode, 'imports.mjs', { env });
  expect(imported.stderr).toEqual([
    `${ours}@scoped/modern ? is loaded, but not watched: ES modules are hooked from Node 22.22.3, 24.11.1 or 25.1 on; this is 22.22.2`,
  ]);
});

it.each([
  [
    'another monitor',
    'monitored.cjs',
    'newrelic watches this process too: one of the two may not see what the other patched',
  ],
  [
    'a bundle',
    'bundled.cjs',
    'no package is loaded from node_modules: the service seems to be one bundled file, and what is inside it is not watched',
  ],
])('%s is told in one line', async (_, script, line) => {
  const { stderr } = await start(anyNode, script);
  expect(stderr).toEqual([ours + line]);
});

it('what was loaded before is told of', async () => {
  const { stderr } = await start(anyNode, 'bundled.cjs', {
    flags: ['--require', join(packages.folder, 'node_modules/plain/lib/main.js'), ...flags],
  });
  const why = 'loaded before the preload, or past its hooks: let --import @ordeal/preload come first';
  expect(stderr).toEqual(
    ['plain', '@scoped/modern'].map((name) => `${ours}${name} 1.2.3 is loaded, but not watched: ${why}`),
  );
});

it('a table that cannot be written is told once, and the service runs', async () => {
  const { stderr } = await start(anyNode, 'listens.cjs', { env: { ORDEAL_HOOKS_FILE: join(preload, 'no') } });
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toContain('(ORDEAL_HOOKS_FILE) cannot be written');
});

it('a process that listens is the service: one that does not leaves its table alone', async () => {
  await start(anyNode, 'listens.cjs');
  const { pid, listens } = await table();
  expect(listens).toBe(true);
  await start(anyNode, 'bundled.cjs');
  expect((await table()).pid).toBe(pid);
});
