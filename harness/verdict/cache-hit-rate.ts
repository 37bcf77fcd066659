import type { Observations, TimeWindow } from '../observe/observations.ts';
import { within } from '../observe/phases.ts';
import { requestsIn, served } from '../observe/requests.ts';
import type { Phase, Slo } from '../scenario/scenario.ts';
import { inPhase } from './in-phase.ts';
import { type Claim, inconclusive } from './judgement.ts';
import { judgeRatio } from './ratio.ts';
import type { Judgement } from './verdict.ts';
import { listed, percent } from './words.ts';

type CacheHitRateSlo = Extract<Slo, { kind: 'cache-hit-rate' }>;
type Cache = NonNullable<Observations['run']['scenario']['cache']>;

/** More hits than reads by up to this share are requests that straddle the edge of the phase. */
const toleratedSurplus = 0.01;

/**
 * Reads answered from the cache over cacheable reads served. The hits are counted at the link and the reads by k6,
 * so that a cache that is never asked counts as 0, and more hits than reads show that a witness is wrong.
 */
export function judgeCacheHitRate(slo: CacheHitRateSlo, phase: Phase, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `at least ${percent(slo.min)} of cacheable reads are answered from the cache`,
    phase,
    unit: 'ratio',
    limit: slo.min,
    bound: 'at-least',
  } as const;
  const { cache } = seen.run.scenario;
  return inPhase(claim, seen, (window) =>
    cache === undefined
      ? inconclusive(claim, 'the scenario does not say what is cache')
      : judgeHits(claim, cache, window, seen),
  );
}

function judgeHits(claim: Claim, cache: Cache, window: TimeWindow, seen: Observations): Judgement {
  const { requests } = seen;
  const reads = requestsIn(requests, window, cache.requests).filter((i) =>
    served(requests.status[i]!),
  ).length;
  if (reads === 0) return inconclusive(claim, `no cacheable read (${listed(cache.requests)}) was served`);
  const hits = hitsIn(window, cache.link, seen);
  const witnesses = `${hits} hits at the link ${cache.link}, ${reads} cacheable reads served to k6`;
  if (hits > reads * (1 + toleratedSurplus)) {
    return inconclusive(claim, `the witnesses disagree: ${witnesses}`, { samples: reads });
  }
  return judgeRatio(claim, Math.min(hits, reads), reads, witnesses);
}

/** A bucket belongs to the phase in which its middle lies. */
function hitsIn(window: TimeWindow, link: string, { links }: Observations): number {
  const buckets = links.get(link) ?? [];
  return buckets
    .filter(({ startMs, endMs }) => within(window, (startMs + endMs) / 2))
    .reduce((sum, { hits }) => sum + hits, 0);
}
