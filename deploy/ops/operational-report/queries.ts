import { rangeOf, type Window } from './window.ts';

/** Who asks whether it lives is no user, and is answered fast: it would make every figure look better. */
const byUsers = 'http_route!~"/health/.*"';

/** Slices shorter than this have too few scrapes in them for a rate. */
const shortestRateMs = 60_000;
/** Where a series was not for so long, it is new. */
const newAfter = '1d';

/** The questions in PromQL about one job in one window. */
export class Queries {
  readonly #job: string;
  readonly #range: string;
  readonly #rate: string;
  readonly #slice: string;

  constructor(job: string, window: Window) {
    this.#job = `job="${job.replace(/["\\\n]/g, '\\$&')}"`;
    this.#range = rangeOf(window);
    this.#slice = `${window.stepMs / 1000}s`;
    this.#rate = `${Math.max(window.stepMs, shortestRateMs) / 1000}s`;
  }

  /** A metric of the job. */
  of(metric: string, matchers = ''): string {
    return `${metric}{${[this.#job, matchers].filter(Boolean).join(', ')}}`;
  }

  requests(matchers = ''): string {
    return this.of('http_requests_total', [byUsers, matchers].filter(Boolean).join(', '));
  }

  /**
   * How much a counter grew. `increase` sees nothing of a series that is born with the first error in it, so what a new
   * series began with is added.
   */
  grown(counter: string, by = ''): string {
    const grown = `label_replace(increase(${counter}[${this.#range}]), "part", "grown", "", "")`;
    const born =
      `label_replace(min_over_time(${counter}[${this.#range}]) unless ` +
      `last_over_time(${counter}[${newAfter}] offset ${this.#range}), "part", "born", "", "")`;
    return `sum by (${by}) (${grown} or ${born})`;
  }

  /** By route and method, or whatever else. */
  quantile(share: number, by = ''): string {
    const buckets = this.of('http_request_duration_seconds_bucket', byUsers);
    const groups = ['le', by].filter(Boolean).join(', ');
    return `histogram_quantile(${share}, sum by (${groups}) (increase(${buckets}[${this.#range}])))`;
  }

  quantileOverTime(share: number): string {
    const buckets = this.of('http_request_duration_seconds_bucket', byUsers);
    return `1000 * histogram_quantile(${share}, sum by (le) (rate(${buckets}[${this.#rate}])))`;
  }

  rate(counter: string): string {
    return `sum(rate(${counter}[${this.#rate}]))`;
  }

  /** The largest in each slice: what was so for a moment is seen. */
  mostInSlice(metric: string): string {
    return `max_over_time(${metric}[${this.#slice}])`;
  }

  most(metric: string): string {
    return `max(max_over_time(${metric}[${this.#range}]))`;
  }

  mean(metric: string): string {
    return `avg(avg_over_time(${metric}[${this.#range}]))`;
  }

  /** In a second, by a straight line through all values. */
  slope(metric: string): string {
    return `sum(deriv(${metric}[${this.#range}]))`;
  }
}

/** The questions in LogQL. */
export class LogQueries {
  readonly #stream: string;
  readonly #range: string;

  constructor(service: string, window: Window) {
    this.#stream = `service_name=${JSON.stringify(service)}`;
    this.#range = rangeOf(window);
  }

  errorsByClass(): string {
    const fields = 'category="category", severity="severity", error_code="error_code"';
    return `sum by (category, severity, error_code) (count_over_time({${this.#stream}} | json ${fields} | error_code != "" [${this.#range}]))`;
  }

  slowCounts(): string {
    return `sum by (event, operation) (count_over_time(${this.#slow('')} [${this.#range}]))`;
  }

  slowLongest(): string {
    return `max by (event, operation) (max_over_time(${this.#slow(', duration_ms="duration_ms"')} | unwrap duration_ms [${this.#range}]))`;
  }

  #slow(more: string): string {
    return `{${this.#stream}, level="warn"} | json event="event", operation="operation"${more} | event =~ "slow_operation|slow_query"`;
  }
}
