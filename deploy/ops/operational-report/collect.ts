import type { Series } from '../kit/prometheus.ts';
import { capacityOf } from './capacity.ts';
import { errorsOf, slowOf } from './errors.ts';
import { LogQueries, Queries } from './queries.ts';
import type {
  AlertSeen,
  CacheLayer,
  Headline,
  Opened,
  OperationalReport,
  OverTime,
  Route,
} from './report.ts';
import type { Sources } from './sources.ts';
import { type Window, windowOf } from './window.ts';

export interface CollectOptions {
  /** Of Prometheus, and the name of the service in Loki. */
  job: string;
  window: Window;
  nowMs: number;
}

/** Asks everything that stands in a report. Never fails: what is not known is told in `missing`. */
export async function collect(sources: Sources, options: CollectOptions): Promise<OperationalReport> {
  const { job, window, nowMs } = options;
  const { startMs, endMs } = window;
  const queries = new Queries(job, window);
  const logs = new LogQueries(job, window);
  const headline = await headlineOf(sources, queries, endMs);
  return {
    ...{ job, window, madeAtMs: nowMs, headline },
    before: await headlineOf(sources, new Queries(job, windowOf(startMs, endMs - startMs)), startMs),
    routes: await routesOf(sources, queries, endMs),
    overTime: await overTimeOf(sources, queries, window),
    alerts: await alertsOf(sources, queries, window),
    breakers: await breakersOf(sources, queries, window),
    errors: await errorsOf(sources, { queries, logs }, endMs),
    slow: await slowOf(sources, logs, endMs),
    caches: await cachesOf(sources, queries, endMs),
    capacity: await capacityOf(sources, queries, window),
    missing: sources.missing,
  };
}

/** Calls that a breaker kept away were not tried: nothing could mend them. */
const tried = 'outcome="error", error_type!="CIRCUIT_BREAKER_OPEN"';

async function headlineOf(sources: Sources, queries: Queries, atMs: number): Promise<Headline> {
  const value = (query: string) => sources.value(query, atMs);
  const count = (counter: string) => value(queries.grown(counter));
  const requests = await count(queries.requests());
  const failed = await count(queries.requests('http_response_status_code=~"5.."'));
  const hits = await count(queries.of('cache_hits_total'));
  const misses = await count(queries.of('cache_misses_total'));
  const recovered = await count(queries.of('dependency_calls_total', 'recovered="true"'));
  const lost = await count(queries.of('dependency_calls_total', tried));
  return {
    requests,
    failedShare: share(failed ?? 0, requests),
    p95S: await value(queries.quantile(0.95)),
    hitShare: share(hits ?? 0, sum(hits, misses)),
    recoveredShare: share(recovered ?? 0, sum(recovered, lost)),
    upShare: await value(queries.mean(queries.of('up'))),
    users: await value(queries.most(queries.of('active_users_count'))),
  };
}

async function routesOf(sources: Sources, queries: Queries, atMs: number): Promise<Route[]> {
  const by = 'http_request_method, http_route';
  const samples = (query: string) => sources.samples(query, atMs).then(byRoute);
  const requests = await samples(queries.grown(queries.requests(), by));
  const failed = await samples(queries.grown(queries.requests('http_response_status_code=~"5.."'), by));
  const p50 = await samples(queries.quantile(0.5, by));
  const p95 = await samples(queries.quantile(0.95, by));
  return [...requests]
    .filter(([, count]) => count >= 0.5)
    .sort(([, a], [, b]) => b - a)
    .map(([route, count]) => ({
      ...{ route, requests: count, failedShare: (failed.get(route) ?? 0) / count },
      ...{ p50S: finite(p50.get(route)), p95S: finite(p95.get(route)) },
    }));
}

function byRoute(samples: readonly { labels: Readonly<Record<string, string>>; value: number }[]) {
  return new Map(
    samples.map(({ labels, value }) => {
      const { http_request_method: method = '', http_route: route = 'no such route' } = labels;
      return [`${method} ${route}`.trim(), value];
    }),
  );
}

async function overTimeOf(sources: Sources, queries: Queries, window: Window): Promise<OverTime> {
  const atMs = sliceEnds(window);
  const line = async (query: string) => valuesAt(atMs, (await sources.series(query, window))[0]);
  const all = queries.rate(queries.requests());
  const failed = queries.rate(queries.requests('http_response_status_code=~"5.."'));
  const hits = queries.rate(queries.of('cache_hits_total'));
  const misses = queries.rate(queries.of('cache_misses_total'));
  return {
    atMs,
    perSecond: await line(all),
    failedShare: await line(`(${failed} or 0 * ${all}) / (${all} > 0)`),
    p50Ms: await line(queries.quantileOverTime(0.5)),
    p95Ms: await line(queries.quantileOverTime(0.95)),
    hitShare: await line(`${hits} / (${hits} + ${misses} > 0)`),
    memoryBytes: await line(`max(${queries.of('process_memory_usage_bytes')})`),
  };
}

async function alertsOf(sources: Sources, queries: Queries, window: Window): Promise<AlertSeen[]> {
  const seen = await sources.series(
    `max by (alertname, severity) (${queries.mostInSlice('ALERTS{alertstate="firing"}')})`,
    window,
  );
  const alerts = seen.map(({ labels, points }) => ({
    ...{ name: labels.alertname ?? '', severity: labels.severity ?? '' },
    sliceStartsMs: points.map(([atMs]) => atMs - window.stepMs),
  }));
  return alerts.sort((a, b) => b.sliceStartsMs.length - a.sliceStartsMs.length);
}

async function breakersOf(sources: Sources, queries: Queries, window: Window): Promise<Opened[]> {
  const open = queries.mostInSlice(queries.of('dependency_breaker_open'));
  const seen = await sources.series(`max by (dependency) (${open}) > 0`, window);
  return seen.map(({ labels, points }) => ({
    name: labels.dependency ?? '',
    sliceStartsMs: points.map(([atMs]) => atMs - window.stepMs),
  }));
}

async function cachesOf(sources: Sources, queries: Queries, atMs: number): Promise<CacheLayer[]> {
  const of = async (counter: string) =>
    new Map(
      (await sources.samples(queries.grown(queries.of(counter), 'layer'), atMs)).map(({ labels, value }) => [
        labels.layer ?? '',
        value,
      ]),
    );
  const [hits, misses] = [await of('cache_hits_total'), await of('cache_misses_total')];
  const layers = [...new Set([...hits.keys(), ...misses.keys()])].sort();
  return layers.map((layer) => ({ layer, hits: hits.get(layer) ?? 0, misses: misses.get(layer) ?? 0 }));
}

function sliceEnds({ startMs, endMs, stepMs }: Window): number[] {
  return Array.from(
    { length: Math.floor((endMs - startMs) / stepMs) },
    (_, at) => startMs + (at + 1) * stepMs,
  );
}

/** A value for each moment; Prometheus leaves out those at which it has none. */
function valuesAt(atMs: readonly number[], series: Series | undefined): (number | undefined)[] {
  const values = new Map(series?.points.map(([at, value]) => [Math.round(at), value]));
  return atMs.map((at) => finite(values.get(Math.round(at))));
}

function share(part: number, whole: number | undefined): number | undefined {
  return whole === undefined || whole === 0 ? undefined : Math.min(1, part / whole);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
