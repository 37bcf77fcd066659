import { breakerIntervals, signalAlive } from '../observe/breaker.ts';
import type { BreakerTimeline, Observations, TimeWindow } from '../observe/observations.ts';
import { loadWindow } from '../observe/phases.ts';
import type { Slo } from '../scenario/scenario.ts';
import { breakerWords, findConsistentBreaker, lastHeal, samplesIn } from './breaker.ts';
import { inPhase } from './in-phase.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { counted, duration, moment } from './words.ts';

type ClosesSlo = Extract<Slo, { kind: 'breaker-closes' }>;

/** Time from the last heal to the last transition, which must be to `closed`. */
export function judgeBreakerCloses(slo: ClosesSlo, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `${breakerWords(slo.breaker)} closes within ${duration(slo.withinMs)} of the heal and stays closed`,
    phase: 'recovery',
    unit: 'ms',
    limit: slo.withinMs,
    bound: 'at-most',
  } as const;
  return inPhase(claim, seen, () => {
    const found = findConsistentBreaker(seen, slo.breaker);
    if ('reason' in found) return inconclusive(claim, found.reason);
    const healedMs = lastHeal(seen);
    if (healedMs === undefined) return inconclusive(claim, 'no fault was healed');
    return judgeClosing(claim, found.timeline, { startMs: healedMs, endMs: loadWindow(seen)!.endMs }, seen);
  });
}

function judgeClosing(
  claim: Claim,
  timeline: BreakerTimeline,
  window: TimeWindow,
  seen: Observations,
): Judgement {
  const samples = samplesIn(timeline, window);
  if (!everOpen(timeline, window.endMs)) {
    return inconclusive(claim, 'it never opened, so there was nothing to close', { samples });
  }
  if (!signalAlive(timeline, window)) {
    const heard = counted(samples, 'sample');
    return inconclusive(claim, `its signal was not alive after the heal (${heard})`, { samples });
  }
  const last = breakerIntervals(timeline, window).at(-1)!;
  if (last.state === 'closed') {
    const detail = `closed for good at ${moment(seen, last.startMs)}`;
    return byInterval(claim, { observed: last.startMs - window.startMs, samples, detail });
  }
  const watchedMs = window.endMs - window.startMs;
  if (watchedMs < claim.limit) {
    return inconclusive(claim, `it was watched for ${duration(watchedMs)} after the heal only`, { samples });
  }
  const detail = `${last.state} since ${moment(seen, last.startMs)} and at the end`;
  return byInterval(claim, { observed: Number.POSITIVE_INFINITY, samples, detail });
}

function everOpen({ transitions, samples }: BreakerTimeline, untilMs: number): boolean {
  return [...transitions, ...samples].some((it) => it.state !== 'closed' && it.atMs < untilMs);
}
