/** OTLP as tests read it: flat, attributes as records, ids in hex, 64-bit integers as numbers where they fit. */
export type Attributes = Record<string, unknown>;

export interface Span {
  name: string;
  /** 1 internal, 2 server, 3 client. */
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startMs: number;
  endMs: number;
  attributes: Attributes;
  events: { name: string; attributes: Attributes }[];
  /** 2 is an error. */
  status: { code?: number; message?: string };
  resource: Attributes;
  scope: string;
}

export interface Point {
  metric: string;
  unit: string;
  kind: 'gauge' | 'sum' | 'histogram';
  /** Of a gauge or a sum. */
  value: number | undefined;
  /** Of a histogram. */
  count: number;
  sum: number;
  bounds: number[];
  buckets: number[];
  exemplars: { traceId: string; spanId: string; value: number }[];
  attributes: Attributes;
  resource: Attributes;
}

export interface LogRecord {
  atMs: number;
  severity: string;
  severityNumber: number;
  body: unknown;
  traceId: string;
  spanId: string;
  attributes: Attributes;
  resource: Attributes;
}

interface KeyValue {
  key: string;
  value?: Record<string, unknown>;
}
// biome-ignore lint/suspicious/noExplicitAny: what was sent is looked through, not trusted.
type Data = any;

export function spansIn(data: Data): Span[] {
  return scoped(data.resourceSpans, 'scopeSpans', 'spans').map(({ resource, scope, item }) => ({
    name: item.name,
    kind: item.kind,
    traceId: item.traceId,
    spanId: item.spanId,
    ...(item.parentSpanId && { parentSpanId: item.parentSpanId }),
    startMs: Number(item.startTimeUnixNano) / 1e6,
    endMs: Number(item.endTimeUnixNano) / 1e6,
    attributes: record(item.attributes),
    events: (item.events ?? []).map((event: Data) => ({
      name: event.name,
      attributes: record(event.attributes),
    })),
    status: item.status ?? {},
    resource,
    scope,
  }));
}

export function pointsIn(data: Data): Point[] {
  return scoped(data.resourceMetrics, 'scopeMetrics', 'metrics').flatMap(({ resource, item: metric }) =>
    (['gauge', 'sum', 'histogram'] as const).flatMap((kind) =>
      (metric[kind]?.dataPoints ?? []).map((point: Data) => ({
        metric: metric.name,
        unit: metric.unit ?? '',
        kind,
        value: number(point),
        count: Number(point.count ?? 0),
        sum: Number(point.sum ?? 0),
        bounds: point.explicitBounds ?? [],
        buckets: (point.bucketCounts ?? []).map(Number),
        exemplars: (point.exemplars ?? []).map((exemplar: Data) => ({
          traceId: hex(exemplar.traceId),
          spanId: hex(exemplar.spanId),
          value: number(exemplar),
        })),
        attributes: record(point.attributes),
        resource,
      })),
    ),
  );
}

export function recordsIn(data: Data): LogRecord[] {
  return scoped(data.resourceLogs, 'scopeLogs', 'logRecords').map(({ resource, item }) => ({
    atMs: Number(item.timeUnixNano) / 1e6,
    severity: item.severityText ?? '',
    severityNumber: item.severityNumber ?? 0,
    body: plain(item.body),
    traceId: item.traceId ?? '',
    spanId: item.spanId ?? '',
    attributes: record(item.attributes),
    resource,
  }));
}

function scoped(
  resources: Data,
  scopes: string,
  items: string,
): { resource: Data; scope: string; item: Data }[] {
  return (resources ?? []).flatMap((one: Data) =>
    (one[scopes] ?? []).flatMap((group: Data) =>
      (group[items] ?? []).map((item: Data) => ({
        resource: record(one.resource?.attributes),
        scope: group.scope?.name ?? '',
        item,
      })),
    ),
  );
}

function record(attributes: KeyValue[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Data): unknown {
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  if (value?.kvlistValue) return record(value.kvlistValue.values);
  if (value?.intValue !== undefined) return Number(value.intValue);
  return value && Object.values(value)[0];
}

function number({ asInt, asDouble }: Data): number | undefined {
  return asInt === undefined ? asDouble : Number(asInt);
}

function hex(id: string | Buffer | undefined): string {
  return typeof id === 'string' ? id : (id?.toString('hex') ?? '');
}
