import { type Route, routes } from './mix.ts';
import type { StoreName } from './plan.ts';

/** What became of the requests. */
export interface Sent {
  readonly requests: number;
  readonly failed: number;
  /** That k6 could not send in time. */
  readonly dropped: number;
}

/** Whether the memory of the service grows. */
export interface MemoryFigures extends Sent {
  readonly rssMbPerMinute: number;
  /** When it was warm, and at the end. */
  readonly rssMb: readonly [first: number, last: number];
}

/** One round of the load. */
export interface RoundFigures {
  readonly cache: boolean;
  /** Of the measured part; per route. */
  readonly durationsMs: Readonly<Record<Route, readonly number[]>>;
  /** All, with those of the warm-up. */
  readonly requests: number;
  readonly failed: number;
  /** By their status. */
  readonly failures: Readonly<Record<string, number>>;
  readonly dropped: number;
  /** That reached the server for all of these requests. */
  readonly statements: number;
  /** Of the measured part. */
  readonly hits: number;
  readonly lookups: number;
  /** Of the lookups, those for which Redis did not answer in time, or was left alone. */
  readonly unavailable: number;
}

/** One statement that requests wait for. */
export interface QueryFigures {
  readonly what: string;
  readonly withIndexMs: number;
  readonly withoutIndexMs: number;
  /** What the plan reads, with the indexes and without. */
  readonly plan: string;
  readonly planWithout: string;
}

/** Of all requests. */
type Means = { readonly withCache: number; readonly without: number };

export interface StoreFigures {
  readonly store: StoreName;
  readonly p95Ms: Readonly<Record<Route, number>>;
  /** Of which each P95 is. */
  readonly samples: Readonly<Record<Route, number>>;
  readonly meanMs: Means;
  /** At a share of the highest rate that the service carries without the cache. */
  readonly busy: { readonly ratePerSecond: number; readonly meanMs: Means };
  readonly hitRate: number;
  /** Of the requests that were sent. */
  readonly failedShare: number;
  /** Of those that should have been sent, those that were not. */
  readonly droppedShare: number;
  readonly statementsPerRequest: { readonly withCache: number; readonly without: number };
  readonly queries: readonly QueryFigures[];
  /** Undefined where it was not asked for. */
  readonly memory: MemoryFigures | undefined;
}

export interface Recovery {
  /** Calls of which at least one try failed, and those that the breaker did not let through. */
  readonly hit: number;
  /** Of these, how many were answered as if nothing had been. */
  readonly recovered: number;
  /** Share of the tries that the provider let fail. */
  readonly failedShare: number;
}

export interface Figures {
  readonly stores: readonly StoreFigures[];
  readonly recovery: Recovery;
}

/** What the rounds of one store come to. */
export function figuresOf(
  store: StoreName,
  rounds: readonly RoundFigures[],
  busy: { readonly ratePerSecond: number; readonly rounds: readonly RoundFigures[] },
  queries: readonly QueryFigures[],
  memory: MemoryFigures | undefined,
): StoreFigures {
  const sent = [...rounds, ...busy.rounds];
  const [withCache, without] = [true, false].map((cache) => rounds.filter((it) => it.cache === cache));
  const perRequest = (of: readonly RoundFigures[]) => sum(of, 'statements') / sum(of, 'requests');
  const perRoute = (of: (durationsMs: readonly number[]) => number) =>
    Object.fromEntries(routes.map((route) => [route, of(all(withCache!, route))])) as Record<Route, number>;
  return {
    store,
    p95Ms: perRoute((it) => quantile(it, 0.95)),
    samples: perRoute((it) => it.length),
    meanMs: meansOf(rounds),
    busy: { ratePerSecond: busy.ratePerSecond, meanMs: meansOf(busy.rounds) },
    hitRate: sum(withCache!, 'hits') / sum(withCache!, 'lookups'),
    ...lostShares({
      requests: sum(sent, 'requests'),
      failed: sum(sent, 'failed'),
      dropped: sum(sent, 'dropped'),
    }),
    statementsPerRequest: { withCache: perRequest(withCache!), without: perRequest(without!) },
    queries,
    memory,
  };
}

/** What did not come back as it should, and what was not even sent; NaN when nothing was. */
export function lostShares({
  requests,
  failed,
  dropped,
}: Sent): Pick<StoreFigures, 'failedShare' | 'droppedShare'> {
  return { failedShare: failed / requests, droppedShare: dropped / (requests + dropped) };
}

/** Time of all statements together, of what it is without the indexes. */
export function queryShare({ queries }: StoreFigures): number {
  return sum(queries, 'withIndexMs') / sum(queries, 'withoutIndexMs');
}

/** The smallest value that is at least as large as this share of all. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function meansOf(rounds: readonly RoundFigures[]): Means {
  const [withCache, without] = [true, false].map((cache) =>
    meanOf(rounds.filter((it) => it.cache === cache)),
  );
  return { withCache: withCache!, without: without! };
}

function meanOf(rounds: readonly RoundFigures[]): number {
  const durations = routes.flatMap((route) => all(rounds, route));
  return durations.reduce((total, it) => total + it, 0) / durations.length;
}

function all(rounds: readonly RoundFigures[], route: Route): number[] {
  return rounds.flatMap(({ durationsMs }) => durationsMs[route]);
}

function sum<K extends string>(of: readonly Readonly<Record<K, number>>[], key: K): number {
  return of.reduce((total, it) => total + it[key], 0);
}
