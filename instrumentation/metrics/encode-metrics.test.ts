import protobuf from 'protobufjs/light.js';
import { expect, it } from 'vitest';
import { createMetricsDecoder } from '../testing/metrics-message.ts';
import { Shelf } from '../wire/shelf.ts';
import { Writer } from '../wire/writer.ts';
import { ownScope } from './catalogue.ts';
import { MetricsEncoder } from './encode-metrics.ts';
import type { MetricDefinition, Metrics } from './metric.ts';
import { Registry } from './registry.ts';
import { mask, sampleRegistry, spanId, startMs, traceId } from './testing/sample.ts';

interface Decoded {
  name: string;
  unit?: string;
  gauge?: Data;
  sum?: Data;
  histogram?: Data;
}
interface Data {
  dataPoints: Record<string, unknown>[];
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}

const decode = createMetricsDecoder();
const atMs = startMs + 60_000;

/** Everything that `encode` puts into slots, decoded by protobufjs; by scope. */
function send(registry: Registry, { slots = 64, times = 1 } = {}) {
  const shelf = new Shelf(slots);
  const encoder = new MetricsEncoder({ registry, shelf, mostSlots: slots, mask, onSealed() {} });
  const rounds = Array.from({ length: times }, (_, time) => {
    encoder.encode(atMs + time * 1000);
    const sealed = shelf.sealed('metrics');
    const bodies = sealed.map(({ bytes }) => frame(Buffer.from(bytes)));
    for (const slot of sealed) shelf.release('metrics', slot, 'delivered');
    return bodies;
  });
  const scopes = rounds.at(-1)?.flatMap((body) => scopesOf(body)) ?? [];
  return { bodies: rounds.at(-1) ?? [], scopes, counts: shelf.counts('metrics') };
}

/** As the sender frames a slot: `ResourceMetrics` with one `ScopeMetrics`. */
function frame(slot: Buffer): Uint8Array {
  const writer = new Writer();
  const to = Buffer.alloc(slot.length + 64);
  writer.reset(to);
  const scopeEnd = 2 + slot.readUInt16LE(0);
  const resource = writer.begin(1);
  const scopes = writer.begin(2);
  const scope = writer.begin(1);
  writer.raw(slot.subarray(2, scopeEnd));
  writer.end(scope);
  writer.raw(slot.subarray(scopeEnd));
  writer.end(scopes);
  writer.end(resource);
  return to.subarray(0, writer.position);
}

function scopesOf(body: Uint8Array): { scope: { name: string; version: string }; metrics: Decoded[] }[] {
  return (decode(body) as never as { resourceMetrics: { scopeMetrics: never[] }[] }).resourceMetrics.flatMap(
    ({ scopeMetrics }) => scopeMetrics,
  );
}

function metricOf(make: (metrics: Metrics) => void): Decoded | undefined {
  const registry = new Registry({ exemplars: true, tell() {}, sinceMs: 1_600_000_000_000 });
  make(registry.scope('test'));
  return send(registry).scopes[0]?.metrics[0];
}

const define = (more: Partial<MetricDefinition>): MetricDefinition => {
  return { name: 'a', kind: 'counter', unit: 's', description: 'Words.', ...more };
};

const attributes = [{ key: 'x', value: { stringValue: 'y' } }];
const time = { timeUnixNano: `${atMs}000000` };

it.each<[string, (metrics: Metrics) => void, object]>([
  [
    'a counter',
    (metrics) => metrics.counter(define({})).series({ x: 'y' }).add(1.5),
    { sum: { dataPoints: [{ asDouble: 1.5, attributes }], aggregationTemporality: 2, isMonotonic: true } },
  ],
  [
    'a counter of whole numbers',
    (metrics) =>
      metrics
        .counter(define({ integer: true }))
        .series({ x: 'y' })
        .add(2 ** 40),
    { sum: { dataPoints: [{ asInt: `${2 ** 40}` }], isMonotonic: true } },
  ],
  [
    'an up-down counter below 0',
    (metrics) =>
      metrics
        .counter(define({ kind: 'up-down-counter', integer: true }))
        .series({})
        .add(-3),
    { sum: { dataPoints: [{ asInt: '-3' }], aggregationTemporality: 2 } },
  ],
  [
    'a gauge at 0',
    (metrics) =>
      metrics
        .gauge(define({ kind: 'gauge' }))
        .series({})
        .set(0),
    { gauge: { dataPoints: [{ asDouble: 0 }] } },
  ],
  [
    'an observed counter, which counts since the process started',
    (metrics) => metrics.observe(define({ integer: true }), (tell) => tell(4, { x: 'y' })),
    { sum: { dataPoints: [{ asInt: '4', startTimeUnixNano: '1600000000000000000', attributes, ...time }] } },
  ],
  [
    'a histogram',
    (metrics) => {
      const series = metrics.histogram(define({ kind: 'histogram', buckets: [0.5, 2] })).series({ x: 'y' });
      series.record(1, { traceId, spanId, startMs });
      series.record(9);
    },
    {
      name: 'a',
      unit: 's',
      description: 'Words.',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            attributes,
            count: '2',
            sum: 10,
            bucketCounts: ['0', '1', '1'],
            explicitBounds: [0.5, 2],
            exemplars: [
              {
                asDouble: 1,
                timeUnixNano: `${startMs + 1000}000000`,
                traceId: Buffer.from(traceId, 'hex'),
                spanId: Buffer.from(spanId, 'hex'),
              },
            ],
            ...time,
          },
        ],
      },
    },
  ],
  [
    'a secret attribute',
    (metrics) => metrics.counter(define({})).series({ password: 'hunter2' }).add(1),
    {
      sum: {
        dataPoints: [{ attributes: [{ value: { stringValue: expect.not.stringContaining('hunter2') } }] }],
      },
    },
  ],
])('%s', (_, make, expected) => expect(metricOf(make)).toMatchObject(expected));

it('a histogram has its least and its greatest value', () => {
  const type = (fields: protobuf.INamespace['nested']) => ({ nested: fields }) as protobuf.INamespace;
  const field = (id: number, name: string, rule = {}) => ({ id, type: name, ...rule });
  const repeated = { rule: 'repeated' };
  const root = protobuf.Root.fromJSON(
    type({
      Body: { fields: { in: field(1, 'InResource', repeated) } },
      InResource: { fields: { in: field(2, 'InScope', repeated) } },
      InScope: { fields: { in: field(2, 'Metric', repeated) } },
      Metric: { fields: { in: field(9, 'Histogram') } },
      Histogram: { fields: { in: field(1, 'Point', repeated) } },
      Point: { fields: { min: field(11, 'double'), max: field(12, 'double') } },
    }),
  );
  const registry = new Registry({ exemplars: true, tell() {} });
  const series = registry
    .scope('test')
    .histogram(define({ kind: 'histogram' }))
    .series({});
  for (const value of [3, 0.25, 70]) series.record(value);
  const body = root.lookupType('Body').decode(send(registry).bodies[0] as Uint8Array);
  expect(JSON.stringify(body)).toContain('{"min":0.25,"max":70}');
});

it('scopes stand apart, ours first', () => {
  const { scopes } = send(sampleRegistry());
  expect(scopes.map(({ scope }) => scope)).toEqual([
    { name: ownScope, version: '0.1.0' },
    { name: 'a "library"', version: '1\\2' },
  ]);
});

it('an exemplar is sent once', () => {
  const registry = new Registry({ exemplars: true, tell() {} });
  const metric = registry.scope('test').histogram(define({ kind: 'histogram' }));
  metric.series({}).record(1, { traceId, spanId, startMs });
  const [first, second] = [send(registry), send(registry, { times: 2 })].map(
    ({ scopes }) => scopes[0]?.metrics[0]?.histogram?.dataPoints[0]?.exemplars,
  );
  expect([first, second]).toEqual([[expect.anything()], undefined]);
});

it('a metric with many long series goes in several messages, and every point is sent or counted as dropped', () => {
  const registry = new Registry({ exemplars: true, tell() {} });
  const metric = registry.scope('test').histogram(define({ kind: 'histogram' }));
  for (let index = 0; index < 300; index++)
    for (let value = 0; value < 20; value++)
      metric.series({ index, long: 'ä'.repeat(500) }).record(value * 500, { traceId, spanId, startMs });
  const { scopes, counts, bodies } = send(registry);
  const metrics = scopes.flatMap(({ metrics }) => metrics);
  const points = metrics.flatMap(({ histogram }) => histogram?.dataPoints ?? []);
  expect([new Set(metrics.map(({ name }) => name)).size, points.length]).toEqual([1, 200]);
  expect(metrics.length).toBeGreaterThan(10);
  // Slots are filled: what was sent would have fitted into little fewer of them.
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
  expect(bytes / (bodies.length * 65_536)).toBeGreaterThan(0.7);
  expect(counts).toEqual({ produced: 200, delivered: 200, dropped: 0 });
  const small = send(registry, { slots: 2 });
  expect(small.counts.produced).toBe(200);
  expect(small.counts.dropped).toBe(200 - small.counts.delivered);
  expect(small.counts.dropped).toBeGreaterThan(0);
});
