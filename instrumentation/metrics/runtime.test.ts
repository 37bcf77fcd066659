import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ownScope } from './catalogue.ts';
import type { HistogramPoint } from './histogram-point.ts';
import type { NumberPoint } from './number-point.ts';
import { Registry } from './registry.ts';
import { watchRuntime } from './runtime.ts';

const registry = new Registry({ exemplars: true, tell() {} });
const scope = registry.scope(ownScope);
watchRuntime(scope);

function read(name: string): (NumberPoint | HistogramPoint)[] {
  const metric = [...scope.all()].find(({ definition }) => definition.name === name);
  return metric?.read() ?? [];
}

const value = (name: string) => (read(name)[0] as NumberPoint | undefined)?.value ?? Number.NaN;

/** Blocks the event loop. */
function work(forMs: number): void {
  for (const endMs = performance.now() + forMs; performance.now() < endMs; );
}

/** What `look` sees, as soon as it is true of it. */
async function seen(look: () => number, is: (value: number) => boolean): Promise<number> {
  for (const endMs = performance.now() + 10_000; performance.now() < endMs; ) {
    const found = look();
    if (is(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('not seen within 10 s');
}

it.each([
  ['process.memory.usage', 10e6, 4e9],
  ['process.cpu.usage', 0.001, 1600],
  ['process.cpu.time', 0.001, 1e5],
  ['v8js.memory.heap.used', 1, 4e9],
  ['v8js.memory.heap.space.size', 1, 4e9],
  ['v8js.memory.heap.space.available_size', 0, 4e9],
  ['v8js.memory.heap.space.physical_size', 1, 4e9],
  ['nodejs.eventloop.utilization', 0, 1],
])('%s is between %d and %d', (name, least, most) => {
  const greatest = Math.max(...read(name).map((point) => (point as NumberPoint).value));
  expect(greatest).toBeGreaterThanOrEqual(least);
  expect(greatest).toBeLessThanOrEqual(most);
});

it('a loop that was blocked for 300 ms has that delay, and an idle one nearly none', async () => {
  await seen(
    () => value('nodejs.eventloop.delay.max'),
    (delay) => delay >= 0,
  );
  // Blocked until it is told: Node begins to measure with the second look after a figure was read (`watchLoopDelay`).
  expect(
    await seen(
      () => {
        work(300);
        return value('nodejs.eventloop.delay.max');
      },
      (delay) => delay > 0.25,
    ),
  ).toBeLessThan(2);
  expect(
    await seen(
      () => value('nodejs.eventloop.delay.p50'),
      (delay) => delay < 0.02,
    ),
  ).toBeGreaterThanOrEqual(0);
});

it('the collection of garbage is counted by its type', async () => {
  const minor = () => {
    const points = read('v8js.gc.duration') as HistogramPoint[];
    return points.find(({ attributes }) => attributes['v8js.gc.type'] === 'minor')?.count ?? 0;
  };
  const before = minor();
  const litter = () => Array.from({ length: 200_000 }, (_, index) => ({ index })).length;
  expect(
    await seen(
      () => litter() && minor(),
      (count) => count > before,
    ),
  ).toBeGreaterThan(before);
});

it('a process with nothing to do ends', () => {
  const module = new URL('runtime.ts', import.meta.url).href;
  const lines = `import { watchRuntime } from '${module}';
    const none = { series: () => ({ record() {} }) };
    watchRuntime({ observe(_, read) { read(() => {}); }, histogram: () => none });`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', lines], {
    timeout: 10_000,
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
});
