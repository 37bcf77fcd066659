import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, UsageError } from '../errors.ts';
import { findScenario, listScenarios, loadScenario } from './find.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordeal-scenarios-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const good = {
  name: 'good',
  description: 'Good.',
  target: { command: ['node', 'server.js'] },
  stack: { redis: { kind: 'redis' } },
  load: { ratePerSecond: 10, requests: [{ name: 'home', path: '/' }] },
  phasesMs: { warmup: 0, baseline: 1000 },
  hypothesis: [{ kind: 'error-rate', max: 0.01, phases: ['baseline'] }],
};

function write(name: string, scenario: unknown): string {
  const file = join(folder, 'scenarios', name, 'scenario.ts');
  mkdirSync(join(folder, 'scenarios', name), { recursive: true });
  writeFileSync(file, `export default ${JSON.stringify(scenario)};\n`);
  return file;
}

describe('findScenario', () => {
  it('finds by name, by folder and by file', () => {
    const file = write('redis-outage', good);
    expect(findScenario('redis-outage', folder)).toBe(file);
    expect(findScenario('scenarios/redis-outage', folder)).toBe(file);
    expect(findScenario(file, '/')).toBe(file);
    expect(listScenarios(folder).map(({ name }) => name)).toEqual(['redis-outage']);
  });

  it('names the nearest when there is none', () => {
    write('redis-outage', good);
    write('steady-state', good);
    expect(() => findScenario('redis-outrage', folder)).toThrow(UsageError);
    expect(() => findScenario('redis-outrage', folder)).toThrow('Did you mean "redis-outage"?');
  });

  it('says how to get one where there are none', () => {
    expect(() => findScenario('any', folder)).toThrow('ordeal init');
  });
});

describe('loadScenario', () => {
  it('fills in defaults', async () => {
    const { scenario } = await loadScenario(write('good', good));
    expect(scenario.phasesMs).toEqual({ warmup: 0, baseline: 1000, fault: 0, recovery: 0 });
    expect(scenario.target).toMatchObject({
      cwd: '.',
      preload: true,
      ready: { path: '/', timeoutMs: 20_000 },
    });
  });

  it('reports five mistakes at once, each with file and path', async () => {
    const file = write('bad', {
      ...good,
      name: 'Bad Name',
      phasesMs: { warmup: 0, baseline: -1 },
      load: { ...good.load, ratePerSecond: 'fast' },
      hypotesis: [],
      hypothesis: [{ kind: 'latency', maxMs: 0, phases: ['baseline'] }],
    });
    const error = await loadScenario(file).catch((it) => it);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.exitCode).toBe(78);
    const lines: string[] = error.message.split('\n').slice(1);
    expect(lines).toHaveLength(5);
    for (const path of [
      'name',
      'phasesMs.baseline',
      'load.ratePerSecond',
      'hypotesis',
      'hypothesis[0].maxMs',
    ]) {
      expect(lines.filter((line) => line.startsWith(`  ${file}: ${path}: `))).toHaveLength(1);
    }
    expect(error.message).toContain('got "fast"');
  });

  it.each<[string, object, string]>([
    [
      'a fault on no link',
      { faults: [{ fault: { kind: 'refuse', link: 'cache' } }] },
      'faults[0].fault.link: expected a service of the stack (redis), got "cache"',
    ],
    [
      'a fault without its phase',
      { faults: [{ fault: { kind: 'refuse', link: 'redis' } }] },
      'faults[0]: expected to be over within the phase fault (0 ms)',
    ],
    [
      'an SLO in a phase that is not',
      { hypothesis: [{ kind: 'request-id', phases: ['recovery'] }] },
      'expected phases that the run has, got recovery',
    ],
    [
      'a hit rate without a cache',
      { hypothesis: [{ kind: 'cache-hit-rate', min: 0.8, phases: ['baseline'] }] },
      'expected `cache`',
    ],
    [
      'a program that is told its port by the wrong name',
      { stack: { it: { kind: 'http', command: ['node'], env: { PORT: '{it.port}' } } } },
      'stack.it.env.PORT: expected one of {port}, got {it.port}',
    ],
    [
      'a program whose folder is not there',
      { stack: { it: { kind: 'http', command: ['node'], cwd: 'nowhere' } } },
      'stack.it.cwd: expected a folder that exists, got "nowhere", where there is nothing',
    ],
    [
      'a program whose folder is a file',
      { stack: { it: { kind: 'http', command: ['node'], cwd: 'scenario.ts' } } },
      'stack.it.cwd: expected a folder that exists, got "scenario.ts", where there is a file',
    ],
    [
      'a program that is not told its port',
      { stack: { it: { kind: 'http', command: ['node'], env: { NOTE: 'x' } } } },
      'stack.it.env: expected {port} in a value, the port at which it must listen, got none',
    ],
    [
      'a program whose port is written otherwise',
      { stack: { it: { kind: 'http', command: ['node'], env: { PORT: '{Port}' } } } },
      'stack.it.env.PORT: expected one of {port}, got {Port}',
    ],
    [
      'a program that is told its port by its command',
      { stack: { it: { kind: 'http', command: ['node', '--port={port}'], env: { PORT: '{port}' } } } },
      'stack.it.command: expected {port} in a value of env',
    ],
    [
      'a target that is told its port as a program is',
      { target: { command: ['node'], env: { PORT: '{port}' } } },
      'target.env.PORT: expected one of {target.port}, {redis.url}, {redis.host}, {redis.port}, got {port}',
    ],
    ...['target', 'prepare', 'k6', 'jaeger'].map((name): [string, object, string] => [
      `a dependency named ${name}`,
      { stack: { [name]: { kind: 'postgres' } } },
      `stack.${name}: expected another name than target, prepare, k6, jaeger`,
    ]),
    [
      'a cache that is not Redis',
      {
        stack: { it: { kind: 'http', command: ['node'] } },
        cache: { link: 'it', keys: '*', requests: ['home'] },
      },
      'cache.link: expected a service of kind redis, got one of kind http',
    ],
    [
      'a check without a script',
      { hypothesis: [{ kind: 'check', check: 'right', min: 1, phases: ['baseline'] }] },
      'expected a load.script that makes checks',
    ],
    [
      'a breaker that silences a link whose commands are not counted',
      {
        stack: { it: { kind: 'postgres' } },
        hypothesis: [{ kind: 'breaker-silences', link: 'it' }],
      },
      'hypothesis[0].link: expected a service of kind redis, got one of kind postgres',
    ],
    [
      'a script that is a folder',
      { load: { ratePerSecond: 1, script: '.' } },
      'load.script: expected a file that exists, got "."',
    ],
    ['writes kept without writes', { hypothesis: [{ kind: 'writes-kept' }] }, 'expected `writes`'],
    [
      'a breaker that opens without a fault',
      { hypothesis: [{ kind: 'breaker-opens', withinMs: 1 }] },
      'expected at least one fault',
    ],
    [
      'an unknown request',
      { hypothesis: [{ kind: 'latency', maxMs: 1, phases: ['baseline'], request: 'hme' }] },
      'expected one of home, got "hme"',
    ],
    [
      'a folder that is not there',
      { target: { command: ['node'], cwd: 'nowhere' } },
      'target.cwd: expected a folder that exists, got "nowhere", where there is nothing',
    ],
    [
      'two faults at once on one link',
      {
        phasesMs: { warmup: 0, baseline: 1, fault: 9 },
        faults: [1, 2].map(() => ({ fault: { kind: 'hold', link: 'redis' } })),
      },
      'expected one fault at a time',
    ],
  ])('%s', async (_, change, message) => {
    await expect(loadScenario(write('one', { ...good, ...change }))).rejects.toThrow(message);
  });

  it.each<[string, string, string]>([
    ['a syntax error', 'export default {', 'cannot be read'],
    ['no default export', 'export const x = 1;', 'exports nothing'],
  ])('%s', async (_, text, message) => {
    const file = write('text', good);
    writeFileSync(file, text);
    await expect(loadScenario(file)).rejects.toThrow(message);
  });
});
