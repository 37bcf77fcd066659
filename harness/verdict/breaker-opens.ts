import { signalAlive, stateAt } from '../observe/breaker.ts';
import type { BreakerTimeline, Observations, PhaseWindow } from '../observe/observations.ts';
import { loadWindow } from '../observe/phases.ts';
import type { Slo } from '../scenario/scenario.ts';
import { breakerWords, findConsistentBreaker, firstInjection, samplesIn } from './breaker.ts';
import { inPhase } from './in-phase.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { counted, duration, moment } from './words.ts';

type OpensSlo = Extract<Slo, { kind: 'breaker-opens' }>;

/** The journal tells when an injection was complete; connections were reset a little before. */
const injectionMs = 250;

/** Time from the first fault in force to the first transition to `open`. */
export function judgeBreakerOpens(slo: OpensSlo, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `${breakerWords(slo.breaker)} opens within ${duration(slo.withinMs)} of the fault`,
    phase: 'fault',
    unit: 'ms',
    limit: slo.withinMs,
    bound: 'at-most',
  } as const;
  return inPhase(claim, seen, (window) => {
    const found = findConsistentBreaker(seen, slo.breaker);
    if ('reason' in found) return inconclusive(claim, found.reason);
    const injectedMs = firstInjection(seen);
    if (injectedMs === undefined) return inconclusive(claim, 'no fault went in');
    return judgeOpening(claim, found.timeline, injectedMs, window, seen);
  });
}

function judgeOpening(
  claim: Claim,
  timeline: BreakerTimeline,
  injectedMs: number,
  window: PhaseWindow,
  seen: Observations,
): Judgement {
  const samples = samplesIn(timeline, window);
  const fromMs = injectedMs - injectionMs;
  if (stateAt(timeline, fromMs) === 'open') {
    return inconclusive(claim, 'it was open already when the fault went in', { samples });
  }
  const opened = timeline.transitions.find((it) => it.state === 'open' && it.atMs > fromMs);
  if (opened !== undefined) {
    const observed = Math.max(0, opened.atMs - injectedMs);
    return byInterval(claim, { observed, samples, detail: `open at ${moment(seen, opened.atMs)}` });
  }
  if (!signalAlive(timeline, window)) {
    const heard = counted(samples, 'sample');
    return inconclusive(claim, `it was not seen to open, but its signal was not alive (${heard})`, {
      samples,
    });
  }
  const watchedMs = loadWindow(seen)!.endMs - injectedMs;
  if (watchedMs < claim.limit) {
    return inconclusive(claim, `it was watched for ${duration(watchedMs)} only`, { samples });
  }
  return byInterval(claim, { observed: Number.POSITIVE_INFINITY, samples, detail: 'it never opened' });
}
