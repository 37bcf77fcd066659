import type { Observations } from '../observe/observations.ts';
import { failed, requestsIn } from '../observe/requests.ts';
import type { Phase, Slo } from '../scenario/scenario.ts';
import { inPhase } from './in-phase.ts';
import { inconclusive } from './judgement.ts';
import { judgeRatio } from './ratio.ts';
import { ofRequests, whyNone } from './request-words.ts';
import type { Judgement } from './verdict.ts';
import { percent } from './words.ts';

type ErrorRateSlo = Extract<Slo, { kind: 'error-rate' }>;

/** Share of requests without an answer or with a status of 400 and above. */
export function judgeErrorRate(slo: ErrorRateSlo, phase: Phase, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `at most ${percent(slo.max)} of ${ofRequests(slo.request)} fail`,
    phase,
    unit: 'ratio',
    limit: slo.max,
    bound: 'at-most',
  } as const;
  return inPhase(claim, seen, (window) => {
    const { status } = seen.requests;
    const indexes = requestsIn(seen.requests, window, slo.request === undefined ? undefined : [slo.request]);
    if (indexes.length === 0) return inconclusive(claim, whyNone(seen, slo.request));
    const failures = indexes.map((i) => status[i]!).filter(failed);
    return judgeRatio(claim, failures.length, indexes.length, byStatus(failures));
  });
}

/** `503 × 12, no answer × 3`, the most frequent first. */
function byStatus(statuses: readonly number[]): string | undefined {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  const sorted = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b);
  const parts = sorted.map(([status, count]) => `${status === 0 ? 'no answer' : status} × ${count}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}
