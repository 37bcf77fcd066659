import type { BreakerEntry, SpanEntry, TelemetryEntry, TraceEntry } from '../journal/entry.ts';

export interface ReceiverOptions {
  /** Raw telemetry is kept here: `traces.ndjson`, `metrics.ndjson` (OTLP JSON, one request a line), `logs.ndjson`. */
  folder: string;
  /** Called for each entry as it is learnt; counts (`telemetry`) about once a second. */
  onEntry(entry: SpanEntry | BreakerEntry | TelemetryEntry): void;
  /** Base URL of an OTLP/HTTP receiver that traces are passed on to as they came; failures are counted, not thrown. */
  forwardTo?: string;
  /** Base URL of a Loki that pushes are passed on to likewise. */
  forwardLinesTo?: string;
  /** Base URL of a Prometheus that takes OTLP, which metrics are passed on to likewise. */
  forwardMetricsTo?: string;
}

/** Receives what the target says of itself: OTLP/HTTP (JSON and protobuf) and Loki pushes, on one port of 127.0.0.1. */
export interface Receiver extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: OTLP under `/v1/traces|metrics|logs`, Loki under `/loki/api/v1/push`. */
  readonly url: string;
  /** Server spans received until now. */
  readonly serverSpans: number;
  /** Requests that could not be passed on. */
  readonly notForwarded: number;
}

export type TraceSpans = TraceEntry['spans'];
