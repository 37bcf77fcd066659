import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';
import { until } from '../testing/until.ts';

const { runs, titled } = await needsNodes(...supportedLines);
const preload = await builtPreload();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'preload-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(runs).each(supportedLines)(titled('Node %s'), (line) => {
  it.each([
    ['threads.cjs', { server: 1, processes: 1 }],
    ['clustered.cjs', { server: 2, processes: 3 }],
    ['forks.cjs', { server: 1, processes: 2 }],
  ])('%s does the same as without the preload, which watches each process', async (fixture, told) => {
    await using sink = await Sink.start();
    const node = await nodeBinary(line);
    const run = (preloaded?: string) =>
      new FixtureService(fixture, { node, preload: preloaded, env: sink.environment, listens: false }).ended;
    const { heldMs: _, ...plain } = await run();
    expect(await run(preload)).toMatchObject(plain);
    const servers = sink.spans.filter(({ kind }) => kind === 2);
    expect(servers.length).toBeGreaterThanOrEqual(told.server);
    const pids = new Set(sink.points.map(({ resource }) => resource['process.pid']));
    expect(pids.size).toBe(told.processes);
  });

  it('node --watch starts anew, and the preload with it', async () => {
    await using sink = await Sink.start();
    const file = join(folder, `watched-${line}.cjs`);
    const version = (text: string) =>
      writeFileSync(
        file,
        `const server = require('node:http').createServer((_, response) => response.end('${text}'));
         server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`,
      );
    version('one');
    await using service = new FixtureService(file, {
      node: await nodeBinary(line),
      preload,
      flags: ['--watch'],
      env: sink.environment,
      listens: false,
    });
    const answer = async (start: number) => {
      const ports = () => [...service.output.stdout.matchAll(/port (\d+)/g)].map(([, port]) => port);
      const port = await until(`start ${start}`, () => ports()[start - 1]);
      return (await fetch(`http://127.0.0.1:${port}/`)).text();
    };
    expect(await answer(1)).toBe('one');
    await until('the first span', () => sink.spans.length === 1);
    version('two');
    expect(await answer(2)).toBe('two');
    await until('the second span', () => sink.spans.length === 2);
    expect(service.output.stderr).toBe('');
    await service.stop('SIGTERM');
  });

  it('node --test passes', async () => {
    await using sink = await Sink.start();
    const { code, stdout, stderr } = await new FixtureService('tested.cjs', {
      node: await nodeBinary(line),
      preload,
      flags: ['--test', '--test-reporter=tap'],
      env: sink.environment,
      listens: false,
    }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('# pass 1');
    expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
  });
});

describe('given twice', () => {
  it.each([
    ['by two flags', () => ({ flags: ['--import', preload] })],
    ['by a flag and NODE_OPTIONS', () => ({ env: { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` } })],
    ['in two copies', () => ({ flags: ['--import', secondCopy()] })],
  ])('%s, it tells everything once', async (_, given) => {
    await using sink = await Sink.start();
    const { env = {}, flags = [] }: { env?: Record<string, string>; flags?: string[] } = given();
    const { code, stderr, stdout } = await new FixtureService('ends.cjs', {
      preload,
      flags,
      env: { ...sink.environment, ...env },
      args: ['by itself'],
      listens: false,
    }).ended;
    expect(code).toBe(3);
    expect(linesOfOurs(stderr)).toBeLessThanOrEqual(1);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
    expect(sink.lines).toHaveLength(1);
  });
});

describe('beside another APM', () => {
  it.each([
    ['that the service loads itself', []],
    ['that is preloaded too', ['--require', 'dd-trace/init']],
  ])('%s, it says so in one line', async (_, flags) => {
    const service = join(folder, 'with-apm', 'service.cjs');
    writePackage(join(folder, 'with-apm', 'node_modules', 'dd-trace'));
    writeFileSync(
      service,
      `require('dd-trace').init();
       const server = require('node:http').createServer((_, response) => response.end('ok'));
       server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));`,
    );
    await using sink = await Sink.start();
    // `--require` is resolved from where the process stands.
    const absolute = flags.map((flag) =>
      flag === 'dd-trace/init' ? join(dirname(service), 'node_modules', flag) : flag,
    );
    await using running = new FixtureService(service, { preload, flags: absolute, env: sink.environment });
    await running.listening();
    expect(await (await fetch(running.url)).text()).toBe('ok');
    await until('the span', () => sink.spans.length > 0);
    const { stderr, signal } = await running.stop('SIGTERM');
    expect(signal).toBe('SIGTERM');
    expect(linesOfOurs(stderr)).toBe(1);
    expect(stderr).toContain('dd-trace');
  });
});

describe('under the permission model', () => {
  const run = async (allowed: readonly string[]) => {
    await using sink = await Sink.start();
    const { code, stdout, stderr } = await new FixtureService('ends.cjs', {
      preload,
      flags: ['--permission', '--allow-fs-read=*', ...allowed],
      // All is sent at the end.
      env: { ...sink.environment, OTEL_BSP_SCHEDULE_DELAY: '600000' },
      args: ['by itself'],
      listens: false,
    }).ended;
    expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 3, lines: 1 });
    return { stderr, kinds: sink.spans.map(({ kind }) => kind).toSorted() };
  };

  it('with threads it tells everything', async () => {
    const { stderr, kinds } = await run(['--allow-worker']);
    expect(linesOfOurs(stderr)).toBe(0);
    expect(kinds).toEqual([2, 3]);
  });

  it('without threads the service ends as ever, and what was not sent is said', async () => {
    const { stderr, kinds } = await run([]);
    expect(stderr).toMatch(/no thread can be started: .*--allow-worker/);
    expect(stderr).toMatch(/not delivered when the process ended: 2 spans/);
    expect(kinds).toEqual([]);
  });
});

/** Does nothing; that it is loaded is what counts. */
function writePackage(at: string): void {
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'package.json'),
    JSON.stringify({ name: 'dd-trace', version: '6.21.0', main: 'index.js' }),
  );
  writeFileSync(join(at, 'index.js'), 'exports.init = () => exports;');
  writeFileSync(join(at, 'init.js'), "require('./index.js').init();");
}

/** Installed a second time, as when two packages each bring their own. */
function secondCopy(): string {
  const copy = join(folder, 'copy');
  cpSync(dirname(preload), join(copy, 'dist'), { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  const [modules] = createRequire(preload)
    .resolve('@opentelemetry/api')
    .split(join('/', '@opentelemetry', '/'));
  symlinkSync(modules!, join(copy, 'node_modules'), 'dir');
  return join(copy, 'dist', 'preload.js');
}

function linesOfOurs(stderr: string): number {
  return stderr.split('\n').filter((line) => line.startsWith('@ordeal/preload')).length;
}
