import protobuf from 'protobufjs/light.js';
import type { LogsData, MetricsData, OtlpSpan, TracesData } from './otlp.ts';

/**
 * Only what is read or worth keeping; a decoder skips fields it does not know. Numbers and types from
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto and google/rpc/status.proto.
 */
const messages: Record<string, string> = {
  Traces: '1 ResourceSpans[] resourceSpans',
  ResourceSpans: '1 Resource resource, 2 ScopeSpans[] scopeSpans',
  ScopeSpans: '1 Scope scope, 2 Span[] spans',
  Span: `1 bytes traceId, 2 bytes spanId, 4 bytes parentSpanId, 5 string name, 6 int32 kind, 7 fixed64 startTimeUnixNano,
    8 fixed64 endTimeUnixNano, 9 KeyValue[] attributes, 11 Event[] events, 15 SpanStatus status`,
  Event: '1 fixed64 timeUnixNano, 2 string name, 3 KeyValue[] attributes',
  SpanStatus: '2 string message, 3 int32 code',

  Metrics: '1 ResourceMetrics[] resourceMetrics',
  ResourceMetrics: '1 Resource resource, 2 ScopeMetrics[] scopeMetrics',
  ScopeMetrics: '1 Scope scope, 2 Metric[] metrics',
  Metric: `1 string name, 3 string unit, 5 Numbers gauge, 7 Numbers sum, 9 Histograms histogram,
    10 Exponentials exponentialHistogram, 11 Numbers summary`,
  Numbers: '1 NumberPoint[] dataPoints, 2 int32 aggregationTemporality, 3 bool isMonotonic',
  NumberPoint: '3 fixed64 timeUnixNano, 4 double? asDouble, 6 sfixed64? asInt, 7 KeyValue[] attributes',
  Histograms: '1 HistogramPoint[] dataPoints, 2 int32 aggregationTemporality',
  HistogramPoint: `3 fixed64 timeUnixNano, 4 fixed64 count, 5 double? sum, 6 fixed64[] bucketCounts,
    7 double[] explicitBounds, 9 KeyValue[] attributes, 11 double? min, 12 double? max`,
  Exponentials: '1 ExponentialPoint[] dataPoints, 2 int32 aggregationTemporality',
  ExponentialPoint: '1 KeyValue[] attributes, 3 fixed64 timeUnixNano, 4 fixed64 count, 5 double? sum',

  Logs: '1 ResourceLogs[] resourceLogs',
  ResourceLogs: '1 Resource resource, 2 ScopeLogs[] scopeLogs',
  ScopeLogs: '1 Scope scope, 2 LogRecord[] logRecords',
  LogRecord: `1 fixed64 timeUnixNano, 2 int32 severityNumber, 3 string severityText, 5 AnyValue body,
    6 KeyValue[] attributes, 9 bytes traceId, 10 bytes spanId, 11 fixed64 observedTimeUnixNano`,

  Resource: '1 KeyValue[] attributes',
  Scope: '1 string name, 2 string version',
  KeyValue: '1 string key, 2 AnyValue value',
  AnyValue: `1 string? stringValue, 2 bool? boolValue, 3 int64? intValue, 4 double? doubleValue, 5 Values arrayValue,
    6 Attributes kvlistValue, 7 bytes? bytesValue`,
  Values: '1 AnyValue[] values',
  Attributes: '1 KeyValue[] values',

  RpcStatus: '1 int32 code, 2 string message',
};

/** OTLP in protobuf to the shape of OTLP JSON. Every function throws when the bytes are no such message. */
export interface Decoder {
  traces(body: Uint8Array): TracesData;
  metrics(body: Uint8Array): MetricsData;
  logs(body: Uint8Array): LogsData;
  /** The body of an answer that refuses a request. */
  encodeError(message: string): Uint8Array;
}

export function createDecoder(): Decoder {
  const root = protobuf.Root.fromJSON({ nested: mapValues(messages, parseMessage) });
  const decode = (type: string) => {
    const message = root.lookupType(type);
    return (body: Uint8Array): object =>
      message.toObject(message.decode(body), { longs: String, bytes: String, json: true });
  };
  const traces = decode('Traces');
  const logs = decode('Logs');
  const status = root.lookupType('RpcStatus');
  return {
    traces: (body) => hexIds(traces(body), 'resourceSpans', 'scopeSpans', 'spans'),
    metrics: decode('Metrics'),
    logs: (body) => hexIds(logs(body), 'resourceLogs', 'scopeLogs', 'logRecords'),
    encodeError: (message) => status.encode({ message }).finish(),
  };
}

/**
 * `9 KeyValue[] attributes`: number, type, name. A `?` makes a difference between 0, "" or false and nothing at all;
 * in protobuf that is a oneof, of the field alone or with others.
 */
function parseMessage(text: string): protobuf.IType {
  const parts = text.split(',').map((field) => field.trim().split(' ') as [string, string, string]);
  const fields = parts.map(([id, type, name]) => {
    const rule = type.endsWith('[]') ? { rule: 'repeated' } : {};
    return [name, { id: Number(id), type: type.replace(/\[\]|\?/, ''), ...rule }];
  });
  const optional = parts.filter(([, type]) => type.endsWith('?')).map(([, , name]) => name);
  const oneofs = optional.map((name) => [`_${name}`, { oneof: [name] }]);
  return { fields: Object.fromEntries(fields), oneofs: Object.fromEntries(oneofs) };
}

/** Ids arrive as base64, which OTLP JSON has for all bytes but ids. */
function hexIds(data: object, ...path: string[]): object {
  for (const item of deep(data, path) as Partial<OtlpSpan>[])
    for (const key of ['traceId', 'spanId', 'parentSpanId'] as const)
      if (item[key] !== undefined) item[key] = Buffer.from(item[key], 'base64').toString('hex');
  return data;
}

function deep(value: object, [key, ...rest]: string[]): object[] {
  if (key === undefined) return [value];
  const list = (value as Record<string, object[] | undefined>)[key] ?? [];
  return list.flatMap((item) => deep(item, rest));
}

function mapValues<V, W>(record: Record<string, V>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
