/**
 * The messages of OTLP that the preload writes: number, kind and JSON name of each field. A kind in capitals is a message;
 * `[]` is repeated (numbers also packed). Numbers from
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto.
 */
const messages: Readonly<Record<string, string>> = {
  Traces: '1 ResourceSpans[] resourceSpans',
  ResourceSpans: '1 Resource resource, 2 ScopeSpans[] scopeSpans, 3 string schemaUrl',
  ScopeSpans: '1 Scope scope, 2 Span[] spans, 3 string schemaUrl',
  Span: `1 hex traceId, 2 hex spanId, 3 string traceState, 4 hex parentSpanId, 16 fixed32 flags, 5 string name, 6 number kind,
    7 fixed64 startTimeUnixNano, 8 fixed64 endTimeUnixNano, 9 KeyValue[] attributes, 10 number droppedAttributesCount,
    11 Event[] events, 12 number droppedEventsCount, 13 Link[] links, 14 number droppedLinksCount, 15 Status status`,
  Event: '1 fixed64 timeUnixNano, 2 string name, 3 KeyValue[] attributes, 4 number droppedAttributesCount',
  Link: `1 hex traceId, 2 hex spanId, 3 string traceState, 4 KeyValue[] attributes, 5 number droppedAttributesCount,
    6 fixed32 flags`,
  Status: '2 string message, 3 number code',

  Metrics: '1 ResourceMetrics[] resourceMetrics',
  ResourceMetrics: '1 Resource resource, 2 ScopeMetrics[] scopeMetrics, 3 string schemaUrl',
  ScopeMetrics: '1 Scope scope, 2 Metric[] metrics, 3 string schemaUrl',
  Metric:
    '1 string name, 2 string description, 3 string unit, 5 Gauge gauge, 7 Sum sum, 9 Histogram histogram',
  Gauge: '1 NumberPoint[] dataPoints',
  Sum: '1 NumberPoint[] dataPoints, 2 number aggregationTemporality, 3 bool isMonotonic',
  NumberPoint: `7 KeyValue[] attributes, 2 fixed64 startTimeUnixNano, 3 fixed64 timeUnixNano, 4 double asDouble,
    6 sfixed64 asInt, 5 Exemplar[] exemplars, 8 number flags`,
  Histogram: '1 HistogramPoint[] dataPoints, 2 number aggregationTemporality',
  HistogramPoint: `9 KeyValue[] attributes, 2 fixed64 startTimeUnixNano, 3 fixed64 timeUnixNano, 4 fixed64 count,
    5 double sum, 6 fixed64[] bucketCounts, 7 double[] explicitBounds, 8 Exemplar[] exemplars, 10 number flags,
    11 double min, 12 double max`,
  Exemplar: `7 KeyValue[] filteredAttributes, 2 fixed64 timeUnixNano, 3 double asDouble, 6 sfixed64 asInt, 4 hex spanId,
    5 hex traceId`,

  Logs: '1 ResourceLogs[] resourceLogs',
  ResourceLogs: '1 Resource resource, 2 ScopeLogs[] scopeLogs, 3 string schemaUrl',
  ScopeLogs: '1 Scope scope, 2 LogRecord[] logRecords, 3 string schemaUrl',
  LogRecord: `1 fixed64 timeUnixNano, 11 fixed64 observedTimeUnixNano, 2 number severityNumber, 3 string severityText,
    5 AnyValue body, 6 KeyValue[] attributes, 7 number droppedAttributesCount, 8 fixed32 flags, 9 hex traceId, 10 hex spanId,
    12 string eventName`,

  Resource: '1 KeyValue[] attributes, 2 number droppedAttributesCount',
  Scope: '1 string name, 2 string version, 3 KeyValue[] attributes, 4 number droppedAttributesCount',
  KeyValue: '1 string key, 2 AnyValue value',
  AnyValue: `1 string stringValue, 2 bool boolValue, 3 int64 intValue, 4 double doubleValue, 5 Values arrayValue,
    6 Attributes kvlistValue, 7 base64 bytesValue`,
  Values: '1 AnyValue[] values',
  Attributes: '1 KeyValue[] values',
};

export type ScalarKind =
  | 'string'
  | 'hex'
  | 'base64'
  | 'number'
  | 'bool'
  | 'int64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

export interface FieldSchema {
  /** The JSON name in quotes, with the colon. */
  readonly label: string;
  readonly kind: ScalarKind | MessageSchema;
  readonly repeated: boolean;
  /** Where it stands in its message, from 0. */
  readonly place: number;
}

export interface MessageSchema {
  /** By field number. */
  readonly fields: (FieldSchema | undefined)[];
  size: number;
}

export type RootMessage = 'Traces' | 'Metrics' | 'Logs';

export function createSchema(): Readonly<Record<RootMessage, MessageSchema>> {
  const made = new Map<string, MessageSchema>();
  const schemaOf = (name: string): MessageSchema => {
    const known = made.get(name);
    if (known) return known;
    const schema: MessageSchema = { fields: [], size: 0 };
    made.set(name, schema);
    for (const text of (messages[name] as string).split(',')) {
      const [number, type, label] = text.trim().split(' ') as [string, string, string];
      const kind = type.replace('[]', '');
      schema.fields[Number(number)] = {
        label: `"${label}":`,
        kind: kind in messages ? schemaOf(kind) : (kind as ScalarKind),
        repeated: type.endsWith('[]'),
        place: schema.size++,
      };
    }
    return schema;
  };
  return { Traces: schemaOf('Traces'), Metrics: schemaOf('Metrics'), Logs: schemaOf('Logs') };
}
