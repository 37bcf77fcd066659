import { expect, it } from 'vitest';
import { keyOf } from './attributes-key.ts';
import type { HistogramPoint } from './histogram-point.ts';
import type { MetricDefinition, MetricKind } from './metric.ts';
import type { NumberPoint } from './number-point.ts';
import { Registry } from './registry.ts';
import type { MetricsOfScope } from './scope.ts';

const define = (name: string, kind: MetricKind, more: Partial<MetricDefinition> = {}): MetricDefinition => {
  return { name, kind, unit: '1', description: '', ...more };
};

function start(options: { exemplars?: boolean } = {}): {
  scope: MetricsOfScope;
  told: string[];
  registry: Registry;
} {
  const told: string[] = [];
  const registry = new Registry({ exemplars: true, tell: (text) => told.push(text), ...options });
  return { registry, scope: registry.scope('test'), told };
}

function read(scope: MetricsOfScope): (NumberPoint | HistogramPoint)[] {
  return [...scope.all()].flatMap((metric): (NumberPoint | HistogramPoint)[] => metric.read());
}

const values = (scope: MetricsOfScope) =>
  read(scope).map((point) => ('value' in point ? point.value : point.count));

it.each([
  ['order', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ['something undefined', { a: 1, b: undefined }, { a: 1 }, true],
  ['number and text', { a: 1 }, { a: '1' }, false],
  ['boolean and text', { a: true }, { a: 'true' }, false],
  ['a text that looks like the next attribute', { a: 'x;1:b=s1:y' }, { a: 'x', b: 'y' }, false],
  ['lists', { a: ['x', 'y'] }, { a: ['x,y'] }, false],
  ['the end of a text that is cut', { a: `${'x'.repeat(512)}1` }, { a: `${'x'.repeat(512)}2` }, true],
])('attributes are the same series or not: %s', (_, one, other, same) => {
  expect(keyOf(one) === keyOf(other)).toBe(same);
});

it.each<[MetricKind, number[], number]>([
  ['counter', [1, 2.5], 3.5],
  ['counter', [1, -1], 1],
  ['up-down-counter', [1, -3], -2],
  ['counter', [1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never], 1],
  ['up-down-counter', [1, Number.NEGATIVE_INFINITY, undefined as never], 1],
])('%s of %j is %d', (kind, given, sum) => {
  const { scope } = start();
  const series = scope.counter(define('a', kind)).series({});
  for (const value of given) series.add(value);
  expect(values(scope)).toEqual([sum]);
});

it('a gauge has its last finite value', () => {
  const { scope } = start();
  const series = scope.gauge(define('a', 'gauge')).series({});
  for (const value of [3, -4, Number.NaN]) series.set(value);
  expect(values(scope)).toEqual([-4]);
});

it.each([
  [[0, 1], 0, [1, 0, 0]],
  [[0, 1], 1, [0, 1, 0]],
  [[0, 1], 1.0001, [0, 0, 1]],
  [[1, 0, 1, Number.NaN], 0.5, [0, 1, 0]],
  [[], 5, [1]],
])('with the bounds %j a value of %d counts as %j', (buckets, value, counts) => {
  const { scope } = start();
  scope
    .histogram(define('a', 'histogram', { buckets }))
    .series({})
    .record(value);
  const [point] = read(scope) as HistogramPoint[];
  expect([...(point?.counts ?? [])]).toEqual(counts);
});

it('a histogram has sum, least and greatest, and ignores what is negative or not finite', () => {
  const { scope } = start();
  const series = scope.histogram(define('a', 'histogram')).series({});
  for (const value of [2, 40, 9, -1, Number.NaN, Number.POSITIVE_INFINITY]) series.record(value);
  expect(read(scope)[0]).toMatchObject({ count: 3, sum: 51, min: 2, max: 40 });
});

it.each([
  ['with the time of its span', true, { traceId: 't', spanId: 's', startMs: 1000 }, 3000],
  ['not when switched off', false, { traceId: 't', spanId: 's', startMs: 1000 }, undefined],
  ['not without a span', true, undefined, undefined],
])('a bucket keeps its last exemplar: %s', (_, exemplars, origin, atMs) => {
  const { scope } = start({ exemplars });
  const series = scope.histogram(define('a', 'histogram', { unit: 's', buckets: [5] })).series({});
  series.record(1, { traceId: 'older', spanId: 'older' });
  series.record(2, origin);
  const exemplar = (read(scope)[0] as HistogramPoint).exemplar(0);
  expect(exemplar?.traceId === 't' ? exemplar.atMs : undefined).toBe(atMs);
});

it.each<[MetricKind]>([['counter'], ['up-down-counter'], ['histogram'], ['gauge']])(
  'of 100,000 series of a %s 199 are kept, and one for the rest',
  (kind) => {
    const { scope } = start();
    for (let index = 0; index < 100_000; index++) {
      const attributes = { path: `/${index}` };
      if (kind === 'gauge') scope.gauge(define('a', kind)).series(attributes).set(1);
      else if (kind === 'histogram') scope.histogram(define('a', kind)).series(attributes).record(1);
      else scope.counter(define('a', kind)).series(attributes).add(1);
    }
    const points = read(scope);
    const rest = points.find(({ attributes }) => attributes['otel.metric.overflow'] === true);
    expect(points.length).toBe(200);
    expect(values(scope).reduce((sum, value) => sum + value)).toBe(kind === 'gauge' ? 200 : 100_000);
    expect(rest).toBeDefined();
  },
);

it.each<[MetricKind, number]>([
  ['counter', 301],
  ['gauge', 1],
])('of 500 observed series of a %s 199 are kept; the rest is %d', (kind, rest) => {
  const { scope } = start();
  scope.observe(define('a', kind), (tell) => {
    for (let index = 0; index < 500; index++) tell(1, { index });
  });
  const last = read(scope).at(-1) as NumberPoint;
  expect([read(scope).length, last.attributes, last.value]).toEqual([
    200,
    { 'otel.metric.overflow': true },
    rest,
  ]);
});

it('what is observed no more is gone; an observer that throws harms no other', () => {
  const { scope } = start();
  let told: [number, string][] = [[1, 'x'], [2, 'y']]; // biome-ignore format: two series
  scope.observe(define('a', 'gauge'), () => {
    throw new Error('broken');
  });
  scope.observe(define('a', 'gauge'), (tell) => {
    for (const [value, name] of told) tell(value, { name });
  });
  expect(values(scope)).toEqual([1, 2]);
  told = [[3, 'y']];
  expect(values(scope)).toEqual([3]);
});

it.each([
  ['another kind', define('a', 'histogram'), /another counter already/],
  ['another case, another kind', define('A', 'up-down-counter'), /another counter already/],
  ['another unit', define('a', 'counter', { unit: 's' }), /is in '1' already, not in 's'/],
  ['no name', define('', 'counter'), /has a name that/],
  ['a name with a space', define('a b', 'counter'), /has a name that/],
  ['a name of 300 characters', define('a'.repeat(300), 'counter'), /has a name that/],
])('%s is told once and counts nothing', (_, definition, words) => {
  const { scope, told } = start();
  scope.counter(define('a', 'counter')).series({}).add(1);
  for (let time = 0; time < 3; time++) {
    if (definition.kind === 'histogram') scope.histogram(definition).series({}).record(1);
    else scope.counter(definition).series({}).add(1);
  }
  expect(told).toEqual([expect.stringMatching(words)]);
  expect(values(scope)).toEqual([1]);
});

it('the same name twice is the same metric; attributes may change after they were given', () => {
  const { scope } = start();
  const attributes = { a: 'x' };
  scope.counter(define('a', 'counter')).series(attributes).add(1);
  attributes.a = 'y';
  scope.counter(define('a', 'counter')).series({ a: 'x' }).add(1);
  expect(read(scope)).toMatchObject([{ attributes: { a: 'x' }, value: 2 }]);
});

it('a service that makes a metric or a scope for each request fills neither memory nor its log', () => {
  const { registry, told } = start();
  for (let index = 0; index < 5000; index++)
    registry
      .scope(`scope${index % 300}`)
      .counter(define(`a${index}`, 'counter'))
      .series({})
      .add(1);
  const scopes = [...registry.scopes()];
  expect(scopes.length).toBe(100);
  expect(scopes.flatMap((scope) => [...scope.all()]).length).toBeLessThanOrEqual(1000);
  expect(told.length).toBeLessThanOrEqual(20);
});
