import type { Window } from './window.ts';

/** What happened in the window, as far as Prometheus and Loki know. Shares are 0..1; undefined is not known. */
export interface OperationalReport {
  job: string;
  window: Window;
  madeAtMs: number;
  /** What did not answer, and why, in a sentence each; what depends on it is missing. */
  missing: readonly string[];
  headline: Headline;
  /** Of the window of the same length before it. */
  before: Headline;
  routes: readonly Route[];
  overTime: OverTime;
  alerts: readonly AlertSeen[];
  breakers: readonly Opened[];
  errors: Errors;
  slow: readonly SlowOperation[] | undefined;
  caches: readonly CacheLayer[];
  capacity: readonly Quantity[];
}

export interface Headline {
  requests: number | undefined;
  failedShare: number | undefined;
  p95S: number | undefined;
  hitShare: number | undefined;
  recoveredShare: number | undefined;
  /** Of the scrapes of the metrics page, those that were answered. */
  upShare: number | undefined;
  users: number | undefined;
}

export interface Route {
  route: string;
  requests: number;
  failedShare: number;
  p50S: number | undefined;
  p95S: number | undefined;
}

/** Values at the end of each slice, all of the same length as `atMs`. */
export interface OverTime {
  atMs: readonly number[];
  perSecond: readonly (number | undefined)[];
  failedShare: readonly (number | undefined)[];
  p50Ms: readonly (number | undefined)[];
  p95Ms: readonly (number | undefined)[];
  hitShare: readonly (number | undefined)[];
  memoryBytes: readonly (number | undefined)[];
}

/** The slices in which something was so, told by their starts. */
export interface Opened {
  name: string;
  sliceStartsMs: readonly number[];
}

export interface AlertSeen extends Opened {
  severity: string;
}

export interface Errors {
  /** What was answered with 4xx and 5xx, by Prometheus. */
  byStatus: readonly { status: string; count: number }[];
  /** By the classes of the service, from its log. */
  byClass: readonly { category: string; severity: string; code: string; count: number }[] | undefined;
  /** Calls to dependencies that failed, after all their tries. */
  byDependency: readonly { dependency: string; errorType: string; count: number }[];
}

export interface SlowOperation {
  operation: string;
  kind: string;
  count: number;
  longestMs: number;
}

export interface CacheLayer {
  layer: string;
  hits: number;
  misses: number;
}

/** One line of what there is room for. */
export interface Quantity {
  name: string;
  unit: 'bytes' | 'ms' | 'percent' | 'count';
  now: number | undefined;
  most: number | undefined;
  /** What it must not pass, where there is such a thing. */
  limit?: number | undefined;
  /** Change in a week, if it goes on as it did. */
  perWeek?: number | undefined;
}
