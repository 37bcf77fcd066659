import { signalAlive, stateAt } from '../observe/breaker.ts';
import type { BreakerTimeline, Observations, PhaseWindow } from '../observe/observations.ts';
import { within } from '../observe/phases.ts';
import type { Phase, Slo } from '../scenario/scenario.ts';
import { breakerWords, findBreaker, samplesIn } from './breaker.ts';
import { inPhase } from './in-phase.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { counted, moment } from './words.ts';

type StaysClosedSlo = Extract<Slo, { kind: 'breaker-stays-closed' }>;

/** How often the breaker was seen in another state than `closed`, by either witness. */
export function judgeBreakerStaysClosed(slo: StaysClosedSlo, phase: Phase, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `${breakerWords(slo.breaker)} never leaves closed`,
    phase,
    unit: 'count',
    limit: 0,
    bound: 'at-most',
  } as const;
  return inPhase(claim, seen, (window) => {
    const found = findBreaker(seen, slo.breaker);
    if ('reason' in found) return inconclusive(claim, found.reason);
    return judgeClosed(claim, found.timeline, window, seen);
  });
}

function judgeClosed(
  claim: Claim,
  timeline: BreakerTimeline,
  window: PhaseWindow,
  seen: Observations,
): Judgement {
  const samples = samplesIn(timeline, window);
  const atBegin = { atMs: window.startMs, state: stateAt(timeline, window.startMs) };
  const points = [...timeline.transitions, ...timeline.samples].filter(({ atMs }) => within(window, atMs));
  const others = [atBegin, ...points].filter((it) => it.state !== 'closed').sort((a, b) => a.atMs - b.atMs);
  const first = others[0];
  if (first !== undefined) {
    const detail = `${first.state} at ${moment(seen, first.atMs)}`;
    return byInterval(claim, { observed: others.length, samples, detail });
  }
  if (!signalAlive(timeline, window)) {
    return inconclusive(claim, `its signal was not alive (${counted(samples, 'sample')})`, { samples });
  }
  return byInterval(claim, { observed: 0, samples });
}
