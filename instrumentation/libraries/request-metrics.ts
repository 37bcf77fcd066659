import type { Attributes } from '@opentelemetry/api';
import type { CounterMetric, CounterSeries, HistogramMetric, HistogramSeries } from '../metrics/metric.ts';
import type { OpenSpan } from '../trace/recorder.ts';

export interface Answered {
  readonly method: string;
  /** Of the service's own route; undefined when none matched. */
  readonly route?: string | undefined;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly scheme: string;
  /** Of whom was asked, for calls to others. */
  readonly host?: string;
  readonly port?: number;
}

/** Duration and number of requests, by what OpenTelemetry tells them apart by. */
export class RequestMetrics {
  readonly #duration: HistogramMetric;
  readonly #count: CounterMetric | undefined;
  readonly #series = new Map<string, { duration: HistogramSeries; count: CounterSeries | undefined }>();

  constructor(duration: HistogramMetric, count?: CounterMetric) {
    this.#duration = duration;
    this.#count = count;
  }

  add(answered: Answered, seconds: number, span: OpenSpan): void {
    const { method, route = '', status, host = '', port = 0, scheme } = answered;
    const key = `${method} ${status} ${route} ${host} ${port} ${scheme}`;
    let series = this.#series.get(key);
    if (!series) {
      const attributes = describe(answered);
      series = { duration: this.#duration.series(attributes), count: this.#count?.series(attributes) };
      // Beyond this many combinations the metric itself sums up what comes.
      if (this.#series.size < 1000) this.#series.set(key, series);
    }
    series.duration.record(seconds, span.sampled ? span : undefined);
    series.count?.add(1);
  }
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
function describe({ method, route, status, scheme, host, port }: Answered): Attributes {
  return {
    'http.request.method': method,
    'url.scheme': scheme,
    ...(route !== undefined && { 'http.route': route }),
    ...(host !== undefined && { 'server.address': host }),
    ...(port !== undefined && { 'server.port': port }),
    ...(status > 0 && { 'http.response.status_code': status }),
    ...((status === 0 || status >= 500) && { 'error.type': status === 0 ? 'aborted' : String(status) }),
  };
}
