import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { Writer } from '../wire/writer.ts';
import { toJson } from './otlp-json.ts';
import { createSchema, type RootMessage } from './otlp-schema.ts';
import { type Sink, startSink } from './testing/sink.ts';

const attributes: Attributes = {
  text: 'é "quoted" \\ \n 日本 😀',
  empty: '',
  yes: true,
  no: false,
  zero: 0,
  small: -1,
  whole: -9_007_199_254_740_991,
  half: 0.5,
  list: ['a', 'b'],
  numbers: [1, -2.5],
};

/** The same telemetry by the SDK's exporters of either encoding: what they wrote as JSON, and what we make of the other. */
async function bothWays(root: RootMessage, send: (sink: Sink) => Promise<void>): Promise<[unknown, unknown]> {
  await using sink = await startSink();
  await send(sink);
  const bodyOf = (type: string) =>
    sink.received.find(({ headers }) => headers['content-type']?.includes(type))?.body as Buffer;
  const ours = toJson(bodyOf('protobuf'), createSchema()[root]);
  return [withoutDefaults(JSON.parse(String(ours))), withoutDefaults(JSON.parse(String(bodyOf('json'))))];
}

/** The SDK's JSON says what protobuf leaves out: zeros and empty lists of fields that are not one of several. */
function withoutDefaults(value: unknown, inside = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutDefaults(item, inside));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, held]) => {
    if (/^(value|body|values|as\w+)$/.test(inside) || /Value$|^as(Int|Double)$|^(sum|min|max)$/.test(key))
      return true;
    return !(held === 0 || held === '' || held === false || (Array.isArray(held) && held.length === 0));
  });
  return Object.fromEntries(kept.map(([key, held]) => [key, normal(key, held)]));
}

/** 64-bit integers are strings by the specification; the SDK writes some as numbers. Times differ from reader to reader. */
function normal(key: string, held: unknown): unknown {
  if (key === 'intValue' || key === 'asInt' || key === 'count') return String(held);
  if (key === 'bucketCounts') return (held as unknown[]).map(String);
  if (key === 'timeUnixNano' || key === 'startTimeUnixNano') return expect.stringMatching(/^\d{19}$/);
  return withoutDefaults(held, key);
}

describe('what the exporters of the SDK send as protobuf becomes what they send as JSON', () => {
  it('traces', async () => {
    const [ours, theirs] = await bothWays('Traces', async ({ url }) => {
      const to = { url: `${url}/v1/traces` };
      const exporters = [new ProtobufTraces(to), new JsonTraces(to)];
      const spanProcessors = exporters.map((exporter) => new BatchSpanProcessor({ exporter }));
      const provider = new TracerProvider({ spanProcessors });
      const tracer = provider.getTracer('test', '1.0');
      const server = tracer.startSpan('GET /memories/:id', { kind: SpanKind.SERVER, attributes });
      const links = [{ context: server.spanContext(), attributes }];
      const below = trace.setSpan(ROOT_CONTEXT, server);
      const client = tracer.startSpan('GET', { kind: SpanKind.CLIENT, links }, below);
      client.addEvent('cache miss', attributes);
      client.recordException(new Error('refused'));
      client.setStatus({ code: SpanStatusCode.ERROR, message: 'refused' });
      client.end();
      server.end();
      await provider.shutdown();
    });
    expect(ours).toEqual(theirs);
    expect(JSON.stringify(ours)).toContain('"parentSpanId":"');
  });

  it('metrics', async () => {
    const [ours, theirs] = await bothWays('Metrics', async ({ url }) => {
      const to = { url: `${url}/v1/metrics` };
      const exporters = [new ProtobufMetrics(to), new JsonMetrics(to)];
      const readers = exporters.map((exporter) => new PeriodicExportingMetricReader({ exporter }));
      const provider = new MeterProvider({ readers });
      const meter = provider.getMeter('test');
      meter.createCounter('calls', { unit: '{call}', description: 'Calls.' }).add(3, attributes);
      meter.createUpDownCounter('open').add(-7.5);
      meter.createObservableGauge('state').addCallback((result) => result.observe(0, { name: 'redis' }));
      const histogram = meter.createHistogram('duration', { unit: 's' });
      for (const value of [0.001, 1.5, 80_000]) histogram.record(value, { route: '/a' });
      await provider.shutdown();
    });
    expect(ours).toEqual(theirs);
    expect(JSON.stringify(ours)).toContain('"explicitBounds":[');
  });

  it('logs', async () => {
    const [ours, theirs] = await bothWays('Logs', async ({ url }) => {
      const to = { url: `${url}/v1/logs` };
      const exporters = [new ProtobufLogs(to), new JsonLogs(to)];
      const processors = exporters.map((exporter) => new SimpleLogRecordProcessor({ exporter }));
      const provider = new LoggerProvider({ processors });
      const all = { ...attributes, deep: { inner: [{ a: 1 }] } };
      provider
        .getLogger('test')
        .emit({ body: 'hello', severityText: 'INFO', severityNumber: 9, attributes: all });
      await provider.shutdown();
    });
    expect(ours).toMatchObject(theirs as object);
  });
});

describe('what JSON has no form of its own for', () => {
  const schema = createSchema().Metrics;

  it.each([
    [Infinity, '"Infinity"'],
    [-Infinity, '"-Infinity"'],
    [NaN, '"NaN"'],
    [1e300, '1e+300'],
  ])('the number %f', (value, text) => {
    const writer = new Writer();
    const bytes = Buffer.alloc(256);
    writer.reset(bytes);
    const open = [1, 2, 2, 5, 1].map((field) => writer.begin(field));
    writer.double(4, value);
    for (const start of open.reverse()) writer.end(start);
    const json = String(toJson(bytes.subarray(0, writer.position), schema));
    expect(json).toContain(`{"asDouble":${text}}`);
  });

  it('bytes that are cut off are an error, wherever', () => {
    const whole = Buffer.from('0a0b120912070a0561626364ff', 'hex').subarray(0, 12);
    for (let end = 1; end < whole.length - 1; end++)
      expect(() => toJson(whole.subarray(0, end), schema)).toThrow(RangeError);
  });
});
