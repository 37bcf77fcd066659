import { linkOf } from '../scenario/place.ts';
import type { FaultKind } from '../scenario/scenario.ts';
import { breakerIntervals, type StateInterval } from './breaker.ts';
import type { Observations, PhaseWindow, TimeWindow } from './observations.ts';
import { loadWindow, within } from './phases.ts';
import { nearestRank } from './quantile.ts';
import { failed, served } from './requests.ts';

/** A run over time, for charts: one point per bucket from the first phase to the end of the load. */
export interface Series extends TimeWindow {
  bucketMs: number;
  points: readonly Point[];
  phases: readonly PhaseWindow[];
  faults: readonly FaultBand[];
  breakers: readonly { breaker: string; intervals: readonly StateInterval[] }[];
}

/** One bucket; the last may be shorter than the others. */
export interface Point extends TimeWindow {
  requests: number;
  perSecond: number;
  /** Without requests there are none; `Infinity` when so many got no answer. */
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
  /** Requests without an answer or with a status of 400 and above. */
  errors: number;
  errorRatio?: number;
  /** Cache hits at the link over cacheable requests served, at most 1; absent without cache or such requests. */
  hitRatio?: number;
}

export interface FaultBand extends TimeWindow {
  index: number;
  /** Absent for a fault that acts within the target. */
  link?: string;
  kind: FaultKind;
}

/** @param bucketMs width of one bucket, more than 0 */
export function seriesOf(seen: Observations, bucketMs: number): Series {
  if (!(bucketMs > 0)) throw new RangeError(`A bucket must last more than 0 ms, got ${bucketMs}.`);
  const window = loadWindow(seen) ?? { startMs: seen.run.atMs, endMs: seen.run.atMs };
  return {
    ...window,
    bucketMs,
    points: pointsOf(seen, window, bucketMs),
    phases: seen.phases,
    faults: faultBands(seen),
    breakers: [...seen.breakers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([breaker, timeline]) => ({ breaker, intervals: breakerIntervals(timeline, window) })),
  };
}

interface Bucket {
  durationsMs: number[];
  errors: number;
  reads: number;
  hits: number;
}

function pointsOf(seen: Observations, window: TimeWindow, bucketMs: number): Point[] {
  const buckets: Bucket[] = Array.from(
    { length: Math.ceil((window.endMs - window.startMs) / bucketMs) },
    () => ({ durationsMs: [], errors: 0, reads: 0, hits: 0 }),
  );
  const bucketAt = (atMs: number) =>
    within(window, atMs) ? buckets[Math.floor((atMs - window.startMs) / bucketMs)] : undefined;
  fillRequests(seen, bucketAt);
  fillHits(seen, bucketAt);
  return buckets.map((bucket, i) => {
    const startMs = window.startMs + i * bucketMs;
    return pointOf(bucket, { startMs, endMs: Math.min(startMs + bucketMs, window.endMs) });
  });
}

function fillRequests(seen: Observations, bucketAt: (atMs: number) => Bucket | undefined): void {
  const { startMs, durationMs, status, name } = seen.requests;
  const cacheable = new Set(seen.run.scenario.cache?.requests);
  for (let i = 0; i < startMs.length; i++) {
    const bucket = bucketAt(startMs[i]!);
    if (bucket === undefined) continue;
    bucket.durationsMs.push(durationMs[i]!);
    if (failed(status[i]!)) bucket.errors++;
    if (served(status[i]!) && cacheable.has(name[i]!)) bucket.reads++;
  }
}

function fillHits(seen: Observations, bucketAt: (atMs: number) => Bucket | undefined): void {
  const link = seen.run.scenario.cache?.link;
  for (const { startMs, endMs, hits } of (link !== undefined && seen.links.get(link)) || []) {
    const bucket = bucketAt((startMs + endMs) / 2);
    if (bucket !== undefined) bucket.hits += hits;
  }
}

function pointOf({ durationsMs, errors, reads, hits }: Bucket, window: TimeWindow): Point {
  const requests = durationsMs.length;
  const sorted = Float64Array.from(durationsMs).sort();
  return {
    ...window,
    requests,
    perSecond: (requests / (window.endMs - window.startMs)) * 1_000,
    errors,
    ...(requests > 0 && {
      p50Ms: nearestRank(sorted, 0.5),
      p95Ms: nearestRank(sorted, 0.95),
      p99Ms: nearestRank(sorted, 0.99),
      errorRatio: errors / requests,
    }),
    ...(reads > 0 && { hitRatio: Math.min(1, hits / reads) }),
  };
}

/** A fault that was never healed lasts to the end of the record. */
function faultBands(seen: Observations): FaultBand[] {
  return seen.faults.flatMap(({ index, fault, injectedMs, healedMs }) =>
    injectedMs === undefined
      ? []
      : [
          {
            index,
            ...linkOf(fault),
            kind: fault.kind,
            startMs: injectedMs,
            endMs: healedMs ?? seen.lastMs,
          },
        ],
  );
}
