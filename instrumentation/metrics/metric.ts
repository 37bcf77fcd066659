import type { Attributes } from '@opentelemetry/api';

export type MetricKind = 'counter' | 'up-down-counter' | 'histogram' | 'gauge';

export interface MetricDefinition {
  /** OpenTelemetry's name: `http.server.request.duration`. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM: `s`, `By`, `{request}`, `1`, `%`; empty for something that has none (a state). */
  readonly unit: string;
  readonly description: string;
  /** Upper bounds of a histogram's buckets, in `unit`; OpenTelemetry's default when left out. */
  readonly buckets?: readonly number[];
  /** A second name under which the same data stands on the page too (by OTLP it is sent once). */
  readonly alsoAs?: string;
  /** Whole numbers only: sent as such. */
  readonly integer?: boolean;
}

/** Where an exemplar comes from: a sampled span. */
export interface Origin {
  readonly traceId: string;
  readonly spanId: string;
  /** When the span began, in epoch milliseconds. Given when the value is the duration of the span: it tells when it was. */
  readonly startMs?: number;
}

/** One combination of attributes of a counter. Kept by who counts often: finding it costs more than adding. */
export interface CounterSeries {
  add(value: number): void;
}

export interface HistogramSeries {
  /** `origin` becomes the exemplar of the bucket that `value` falls into. */
  record(value: number, origin?: Origin): void;
}

export interface GaugeSeries {
  set(value: number): void;
}

export interface CounterMetric {
  series(attributes: Attributes): CounterSeries;
}

export interface HistogramMetric {
  series(attributes: Attributes): HistogramSeries;
}

export interface GaugeMetric {
  series(attributes: Attributes): GaugeSeries;
}

/** Called when metrics are read; tells the value of each series. */
export type Observe = (tell: (value: number, attributes?: Attributes) => void) => void;

/**
 * All metrics of the process. At most 200 series each; what comes later is summed up in one (`otel.metric.overflow`).
 * The same name twice is the same metric; one that cannot be (another kind, a wrong name) is told once and counts
 * nothing. Nothing here throws.
 */
export interface Metrics {
  /** Of the kinds `counter` and `up-down-counter`. */
  counter(definition: MetricDefinition): CounterMetric;
  histogram(definition: MetricDefinition): HistogramMetric;
  /** A gauge whose value is set when it changes. */
  gauge(definition: MetricDefinition): GaugeMetric;
  /** Read when metrics are collected: a gauge, or a counter whose total somebody else keeps. */
  observe(definition: MetricDefinition, observe: Observe): void;
}
