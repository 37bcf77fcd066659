import { type MeterProvider, ROOT_CONTEXT, type SpanContext, trace, ValueType } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { ApiMeters } from './api-meters.ts';
import { HistogramPoint } from './histogram-point.ts';
import { Registry } from './registry.ts';

function start(): {
  meters: MeterProvider;
  registry: Registry;
  told: string[];
  read: () => Record<string, unknown>;
} {
  const told: string[] = [];
  const tell = (text: string) => told.push(text);
  const registry = new Registry({ exemplars: true, tell });
  const read = () =>
    Object.fromEntries(
      [...registry.scopes()].flatMap((scope) =>
        [...scope.all()].map((metric) => [
          metric.definition.name,
          metric
            .read()
            .map((point) => [point.attributes, point instanceof HistogramPoint ? point.sum : point.value]),
        ]),
      ),
    );
  return { meters: new ApiMeters(registry, tell), registry, told, read };
}

it('every synchronous instrument', () => {
  const { meters, read } = start();
  const meter = meters.getMeter('lib', '1');
  meter.createCounter('counter').add(2, { a: 1 });
  meter.createUpDownCounter('up.down').add(-2);
  meter.createGauge('gauge').record(7);
  meter.createHistogram('histogram').record(3);
  meter.createCounter('integers', { valueType: ValueType.INT }).add(1.9);
  expect(read()).toEqual({
    counter: [[{ a: 1 }, 2]],
    'up.down': [[{}, -2]],
    gauge: [[{}, 7]],
    histogram: [[{}, 3]],
    integers: [[{}, 1]],
  });
});

it('every observable instrument, and a batch of them; removed callbacks are called no more', () => {
  const { meters, registry, read } = start();
  const meter = meters.getMeter('lib');
  const gauge = meter.createObservableGauge('gauge');
  const counter = meter.createObservableCounter('counter');
  const upDown = meter.createObservableUpDownCounter('up.down');
  const foreign = start().meters.getMeter('x').createObservableGauge('foreign');
  const single = (result: { observe(value: number): void }) => result.observe(1);
  const batch: Parameters<typeof meter.addBatchObservableCallback>[0] = (result) => {
    result.observe(counter, 5, { a: 'x' });
    result.observe(upDown, -5);
    result.observe(foreign, 9);
    result.observe(gauge, 9);
  };
  gauge.addCallback(single);
  gauge.addCallback(single);
  meter.addBatchObservableCallback(batch, [counter, upDown]);
  expect(registry.prepare(100)).toBeUndefined();
  expect(read()).toEqual({ gauge: [[{}, 1]], counter: [[{ a: 'x' }, 5]], 'up.down': [[{}, -5]] });
  gauge.removeCallback(single);
  meter.removeBatchObservableCallback(batch, [upDown, counter]);
  registry.prepare(100);
  expect(read()).toEqual({ gauge: [], counter: [], 'up.down': [] });
});

it('an asynchronous callback is waited for', async () => {
  const { meters, registry, read } = start();
  const gauge = meters.getMeter('lib').createObservableGauge('gauge');
  gauge.addCallback(async (result) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    result.observe(4);
  });
  await registry.prepare(10_000);
  expect(read()).toEqual({ gauge: [[{}, 4]] });
});

it('one that takes too long is read with the next, and not called again until it ended', async () => {
  const { meters, registry, read } = start();
  const gauge = meters.getMeter('lib').createObservableGauge('gauge');
  let called = 0;
  let answer = () => {};
  gauge.addCallback(async (result) => {
    called++;
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    result.observe(called);
  });
  await registry.prepare(10);
  expect(registry.prepare(10)).toBeUndefined();
  expect([called, read()]).toEqual([1, { gauge: [] }]);
  answer();
  await new Promise(setImmediate);
  expect(read()).toEqual({ gauge: [[{}, 1]] });
});

it.each([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('broken');
    },
  ],
  [
    'returns what throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a promise that is none.
      then() {
        throw new Error('broken');
      },
    }),
  ],
])('a callback that %s is told once and harms no other', async (_, callback) => {
  const { meters, registry, read, told } = start();
  const meter = meters.getMeter('lib');
  meter.createObservableGauge('bad').addCallback(callback as never);
  meter.createObservableGauge('good').addCallback((result) => result.observe(1));
  for (let time = 0; time < 3; time++) await registry.prepare(1000);
  expect(read()).toEqual({ bad: [], good: [[{}, 1]] });
  expect(told).toEqual(['a callback of an observed metric failed (told once): broken']);
});

it('the same name is the same metric in a scope, and another in another version', () => {
  const { meters, registry } = start();
  for (const version of ['1', '1', '2']) meters.getMeter('lib', version).createCounter('a').add(1);
  expect([...registry.scopes()].map((scope) => [...scope.all()][0]?.read()[0])).toMatchObject([
    { value: 2 },
    { value: 1 },
  ]);
});

it('a conflict or a wrong name is told once, and what comes of it counts nothing', () => {
  const { meters, read, told, registry } = start();
  const meter = meters.getMeter('lib');
  meter.createCounter('a').add(1);
  for (let time = 0; time < 2; time++) {
    meter.createHistogram('a').record(1);
    meter.createObservableCounter('a').addCallback(() => void told.push('called'));
    meter.createCounter('1 wrong').add(1);
  }
  registry.prepare(10);
  expect(read()).toEqual({ a: [[{}, 1]] });
  expect(told).toEqual([
    expect.stringContaining('metric "a" of "lib" is another counter already'),
    expect.stringContaining('metric "1 wrong" of "lib" has a name'),
  ]);
});

it.each<[string, (meter: ReturnType<MeterProvider['getMeter']>) => void]>([
  ['no options', (meter) => meter.createCounter('a', null as never).add(1)],
  ['attributes that are none', (meter) => meter.createCounter('a').add(1, 'x' as never)],
  [
    'an attribute that throws',
    (meter) =>
      meter.createCounter('a').add(1, {
        get x(): string {
          throw new Error('x');
        },
      }),
  ],
  ['a bigint', (meter) => meter.createCounter('a', { valueType: ValueType.INT }).add(1n as never)],
  ['a symbol for a value', (meter) => meter.createGauge('a').record(Symbol('x') as never)],
  ['no name', (meter) => meter.createCounter(undefined as never).add(1)],
  [
    'bounds that are none',
    (meter) => meter.createHistogram('a', { advice: { explicitBucketBoundaries: 'x' as never } }).record(1),
  ],
  ['a callback that is none', (meter) => meter.createObservableGauge('a').addCallback(undefined as never)],
  ['a batch of nothing', (meter) => meter.addBatchObservableCallback(() => {}, undefined as never)],
])('%s harms nobody', (_, use) => {
  expect(() => use(start().meters.getMeter('lib'))).not.toThrow();
});

it('bounds are taken from the advice', () => {
  const { meters, registry } = start();
  const advice = { explicitBucketBoundaries: [1, 2] };
  meters.getMeter('lib').createHistogram('a', { advice }).record(1.5);
  const [metric] = [...registry.scopes()].flatMap((scope) => [...scope.all()]);
  expect(metric?.read()[0]).toMatchObject({ bounds: [1, 2] });
});

const span = (traceFlags: number): SpanContext => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags,
});

it.each([
  ['sampled', 1, 'a'.repeat(32)],
  ['not sampled', 0, undefined],
])('the span of the context is the exemplar: %s', (_, flags, traceId) => {
  const { meters, registry } = start();
  const context = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(span(flags)));
  meters.getMeter('lib').createHistogram('a').record(1, {}, context);
  const [metric] = [...registry.scopes()].flatMap((scope) => [...scope.all()]);
  const point = metric?.read()[0] as HistogramPoint | undefined;
  expect(point?.exemplar(1)?.traceId).toBe(traceId);
});
