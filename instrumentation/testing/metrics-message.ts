import protobuf from 'protobufjs/light.js';

type Fields = Record<string, [number: number, type: string, rule?: 'repeated' | 'optional']>;

/**
 * Metrics with their exemplars, which the harness has no use for and does not decode.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
const messages: Record<string, Fields> = {
  Metrics: { resourceMetrics: [1, 'ResourceMetrics', 'repeated'] },
  ResourceMetrics: { resource: [1, 'Resource'], scopeMetrics: [2, 'ScopeMetrics', 'repeated'] },
  ScopeMetrics: { scope: [1, 'Scope'], metrics: [2, 'Metric', 'repeated'] },
  Metric: {
    name: [1, 'string'],
    description: [2, 'string'],
    unit: [3, 'string'],
    gauge: [5, 'Numbers'],
    sum: [7, 'Numbers'],
    histogram: [9, 'Histogram'],
  },
  Numbers: {
    dataPoints: [1, 'NumberPoint', 'repeated'],
    aggregationTemporality: [2, 'int32'],
    isMonotonic: [3, 'bool'],
  },
  NumberPoint: {
    startTimeUnixNano: [2, 'fixed64'],
    timeUnixNano: [3, 'fixed64'],
    asDouble: [4, 'double', 'optional'],
    exemplars: [5, 'Exemplar', 'repeated'],
    asInt: [6, 'sfixed64', 'optional'],
    attributes: [7, 'KeyValue', 'repeated'],
  },
  Histogram: { dataPoints: [1, 'HistogramPoint', 'repeated'], aggregationTemporality: [2, 'int32'] },
  HistogramPoint: {
    startTimeUnixNano: [2, 'fixed64'],
    timeUnixNano: [3, 'fixed64'],
    count: [4, 'fixed64'],
    sum: [5, 'double', 'optional'],
    bucketCounts: [6, 'fixed64', 'repeated'],
    explicitBounds: [7, 'double', 'repeated'],
    exemplars: [8, 'Exemplar', 'repeated'],
    attributes: [9, 'KeyValue', 'repeated'],
  },
  Exemplar: {
    timeUnixNano: [2, 'fixed64'],
    asDouble: [3, 'double', 'optional'],
    spanId: [4, 'bytes'],
    traceId: [5, 'bytes'],
    asInt: [6, 'sfixed64', 'optional'],
  },
  Resource: { attributes: [1, 'KeyValue', 'repeated'] },
  Scope: { name: [1, 'string'], version: [2, 'string'] },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  AnyValue: {
    stringValue: [1, 'string', 'optional'],
    boolValue: [2, 'bool', 'optional'],
    intValue: [3, 'int64', 'optional'],
    doubleValue: [4, 'double', 'optional'],
    arrayValue: [5, 'Values'],
  },
  Values: { values: [1, 'AnyValue', 'repeated'] },
};

/** From protobuf to the shape of OTLP JSON, but ids are bytes. The decoder throws when that is no such message. */
export function createMetricsDecoder(): (body: Uint8Array) => object {
  const root = protobuf.Root.fromJSON({
    nested: Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, describe(fields)])),
  });
  const message = root.lookupType('Metrics');
  return (body) => message.toObject(message.decode(body), { longs: String, json: true });
}

/** An optional field is a oneof of its own: it may be there and be 0. */
function describe(fields: Fields): protobuf.IType {
  const entries = Object.entries(fields);
  const optional = entries.filter(([, [, , rule]]) => rule === 'optional').map(([name]) => name);
  return {
    fields: Object.fromEntries(
      entries.map(([name, [id, type, rule]]) => [
        name,
        { id, type, ...(rule === 'repeated' ? { rule: 'repeated' } : {}) },
      ]),
    ),
    oneofs: Object.fromEntries(optional.map((name) => [`_${name}`, { oneof: [name] }])),
  };
}
