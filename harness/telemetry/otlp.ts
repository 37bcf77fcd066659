/**
 * The parts of OTLP JSON that are read here (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding):
 * ids are hex, 64-bit integers are strings (some senders write numbers), names are in camel case.
 */
export interface TracesData {
  resourceSpans?: { scopeSpans?: { spans?: OtlpSpan[] }[] }[];
}

export interface MetricsData {
  resourceMetrics?: { scopeMetrics?: { metrics?: OtlpMetric[] }[] }[];
}

export interface LogsData {
  resourceLogs?: { scopeLogs?: { logRecords?: unknown[] }[] }[];
}

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number | string;
  startTimeUnixNano: Int64;
  endTimeUnixNano: Int64;
  attributes?: KeyValue[];
  status?: { code?: number | string };
}

export interface OtlpMetric {
  name: string;
  gauge?: { dataPoints?: DataPoint[] };
  sum?: { dataPoints?: DataPoint[] };
  histogram?: { dataPoints?: DataPoint[] };
  exponentialHistogram?: { dataPoints?: DataPoint[] };
  summary?: { dataPoints?: DataPoint[] };
}

export interface DataPoint {
  attributes?: KeyValue[];
  timeUnixNano?: Int64;
  asInt?: Int64;
  asDouble?: number;
}

export interface KeyValue {
  key: string;
  value?: { stringValue?: string; boolValue?: boolean; intValue?: Int64; doubleValue?: number };
}

export type Int64 = string | number;

export type Scalar = string | number | boolean;

export function spansOf(data: TracesData): OtlpSpan[] {
  return (data.resourceSpans ?? []).flatMap(({ scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ spans }) => spans ?? []),
  );
}

export function metricsOf(data: MetricsData): OtlpMetric[] {
  return (data.resourceMetrics ?? []).flatMap(({ scopeMetrics }) =>
    (scopeMetrics ?? []).flatMap(({ metrics }) => metrics ?? []),
  );
}

export function logRecordCount(data: LogsData): number {
  return (data.resourceLogs ?? [])
    .flatMap(({ scopeLogs }) => scopeLogs ?? [])
    .reduce((count, { logRecords }) => count + (logRecords?.length ?? 0), 0);
}

/** Undefined for lists, maps and bytes. */
export function scalar({ value }: KeyValue): Scalar | undefined {
  if (value?.intValue !== undefined) return Number(value.intValue);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue;
}

export function attribute(attributes: KeyValue[] | undefined, key: string): Scalar | undefined {
  const found = attributes?.find((candidate) => candidate.key === key);
  return found && scalar(found);
}

/** A double keeps Unix nanoseconds to 256 ns, a four-thousandth of a millisecond. */
export function msFromNanos(nanos: Int64 | undefined): number {
  const ms = Number(nanos) / 1e6;
  if (!Number.isFinite(ms)) throw new TypeError(`Expected Unix nanoseconds, but got ${nanos}.`);
  return ms;
}
