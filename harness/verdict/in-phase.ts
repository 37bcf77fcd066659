import type { Observations, PhaseWindow } from '../observe/observations.ts';
import { windowOf } from '../observe/phases.ts';
import type { Phase } from '../scenario/scenario.ts';
import { howItEnded } from './ending.ts';
import { type Claim, inconclusive, takeBack } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { duration } from './words.ts';

/** A phase that was a little shorter than planned is a matter of timers; one that lacks more was broken off. */
const shortestShare = 0.95;

const overWholePhase: readonly Judgement['kind'][] = ['latency', 'error-rate', 'cache-hit-rate', 'check'];

/**
 * Judges one phase. Without the phase nothing can be said. In one that was broken off nothing is met, because what
 * is missing of it might have been worse; and no percentile and no share is violated, because it might have been
 * better: the first second after a fault is seldom like the rest. What was counted once, though, has happened.
 */
export function inPhase(
  claim: Claim & { phase: Phase },
  seen: Observations,
  judge: (window: PhaseWindow) => Judgement,
): Judgement {
  const { phase } = claim;
  const window = windowOf(seen, phase);
  if (window === undefined) {
    return inconclusive(claim, `the phase ${phase} was never reached: ${howItEnded(seen)}`);
  }
  const judgement = judge(window);
  const needsAll = judgement.outcome === 'met' || overWholePhase.includes(judgement.kind);
  if (isComplete(window, seen) || !needsAll) return judgement;
  const lasted = `${duration(window.endMs - window.startMs)} of ${duration(plannedMs(window, seen))}`;
  return takeBack(judgement, `the phase ${phase} was broken off after ${lasted}: ${howItEnded(seen)}`);
}

/** Whether the phase ended by itself and lasted as long as planned. */
export function isComplete(window: PhaseWindow, seen: Observations): boolean {
  return window.closed && window.endMs - window.startMs >= shortestShare * plannedMs(window, seen);
}

function plannedMs({ phase }: PhaseWindow, { run }: Observations): number {
  return run.scenario.phasesMs[phase];
}
