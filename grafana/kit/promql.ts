import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { sources } from './sources.ts';

/** All series of the service that is chosen at the top of the dashboard. */
const chosen = 'job="$service"';

/** Who asks a service how it is does not count as its traffic, for alerts neither. */
export const traffic = 'http_route!~"/health/.*"';

/** Traffic on the routes that are chosen; requests without a route belong to `All`. */
export const onRoute = `http_route=~"$route", ${traffic}`;

export function metric(name: string, ...matchers: string[]): string {
  return `${name}{${[chosen, ...matchers].join(', ')}}`;
}

/** Per second. */
export function rate(name: string, ...matchers: string[]): string {
  return `rate(${metric(name, ...matchers)}[$__rate_interval])`;
}

/**
 * Per second, of what happens now and then. A series begins with the first thing that it counts, which `rate` does not see:
 * a single burst of errors would be a line at 0. While a series is young, all that it has counted is new, if its process was
 * looked at before.
 */
export function rateOfRare(name: string, ...matchers: string[]): string {
  const now = metric(name, ...matchers);
  const before = `${now} offset $__rate_interval`;
  const young = `(${now} unless ${before} and on (job, instance) ${metric('up')} offset $__rate_interval) / ($__rate_interval_ms / 1000)`;
  return `(${rate(name, ...matchers)} and ${before} or ${young})`;
}

/** `by`: the labels that are kept, with a comma between them. */
export function sum(expression: string, by?: string): string {
  return by === undefined ? `sum(${expression})` : `sum by (${by}) (${expression})`;
}

/** A quantile of a histogram, read off its buckets; `by` as in `sum`. */
export function quantile(share: number, histogram: string, by = '', ...matchers: string[]): string {
  const kept = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, ${sum(rate(`${histogram}_bucket`, ...matchers), kept)})`;
}

/** 0 where there is no such series yet: a counter comes with the first thing it counts. */
export function orZero(expression: string): string {
  return `(${expression} or vector(0))`;
}

/** Over the time that the dashboard shows. `legend`: names of labels in `{{ }}`. */
export function query(expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(sources.prometheus).expr(expression).legendFormat(legend).range();
}

/** The same, with the traces of single requests as dots that lead to them. */
export function queryWithTraces(expression: string, legend: string): DataqueryBuilder {
  return query(expression, legend).exemplar(true);
}

/** P50, P95 with traces, and P99 of a histogram. */
export function percentiles(histogram: string, ...matchers: string[]): DataqueryBuilder[] {
  const of = (share: number) => quantile(share, histogram, '', ...matchers);
  return [query(of(0.5), 'P50'), queryWithTraces(of(0.95), 'P95'), query(of(0.99), 'P99')];
}

/** How many fell into each bucket of a histogram, for a heat map. */
export function buckets(histogram: string, ...matchers: string[]): DataqueryBuilder {
  const counted = `increase(${metric(`${histogram}_bucket`, ...matchers)}[$__rate_interval])`;
  return query(sum(counted, 'le'), '{{le}}').format(PromQueryFormat.Heatmap);
}
