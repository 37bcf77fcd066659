import type { Observations, TimeWindow } from '../observe/observations.ts';
import { nearestRank, neededSamples, rankInterval } from '../observe/quantile.ts';
import { requestsIn } from '../observe/requests.ts';
import type { Phase, Slo } from '../scenario/scenario.ts';
import { inPhase } from './in-phase.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import { ofRequests, whyNone } from './request-words.ts';
import type { Judgement } from './verdict.ts';
import { counted, duration } from './words.ts';

type LatencySlo = Extract<Slo, { kind: 'latency' }>;

/** A percentile of the time until the answer; a request without an answer took forever. */
export function judgeLatency(slo: LatencySlo, phase: Phase, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `${percentileName(slo.percentile)} of ${ofRequests(slo.request)} < ${duration(slo.maxMs)}`,
    phase,
    unit: 'ms',
    limit: slo.maxMs,
    bound: 'below',
  } as const;
  return inPhase(claim, seen, (window) => judgePercentile(claim, slo, window, seen));
}

function judgePercentile(claim: Claim, slo: LatencySlo, window: TimeWindow, seen: Observations): Judgement {
  const { requests } = seen;
  const indexes = requestsIn(requests, window, slo.request === undefined ? undefined : [slo.request]);
  const samples = indexes.length;
  if (samples === 0) return inconclusive(claim, whyNone(seen, slo.request));
  const sorted = Float64Array.from(indexes, (i) => requests.durationMs[i]!).sort();
  const observed = nearestRank(sorted, slo.percentile);
  const ranks = rankInterval(samples, slo.percentile);
  if (ranks === undefined) return inconclusive(claim, tooFew(slo.percentile, samples), { observed, samples });
  // No duration lies below 0, so 0 is a bound where the sample has none.
  const lower = ranks.lower === 0 ? 0 : sorted[ranks.lower - 1]!;
  return byInterval(claim, { observed, interval: [lower, sorted[ranks.upper - 1]!], samples });
}

function tooFew(percentile: number, samples: number): string {
  const needed = neededSamples(percentile);
  const expected =
    needed === Number.POSITIVE_INFINITY ? 'no number of them is enough' : `at least ${needed} are needed`;
  return `${counted(samples, 'request')} cannot bound the ${percentileName(percentile)} from above, ${expected}`;
}

/** `P95`, `P99.9`. */
function percentileName(percentile: number): string {
  return `P${Number((percentile * 100).toFixed(4))}`;
}
