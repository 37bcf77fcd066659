import type { Fault } from '../scenario/scenario.ts';
import type { Sighting } from './fault.ts';

/** What must be seen while the fault is in force. */
export function expectedSight(fault: Fault): Sighting['seen'] {
  switch (fault.kind) {
    case 'refuse':
      return 'refused';
    case 'cut':
      return 'cut';
    case 'hold':
      return 'silent';
    case 'delay':
      return 'works';
    default:
      return 'affected';
  }
}

/**
 * Whether what was seen is what had to be seen: the fault in force, or without one the link (the target) at work. A link that
 * answers late without a fault works: machines hiccup.
 */
export function isProved(fault: Fault | undefined, sighting: Sighting): boolean {
  if (!fault) return sighting.seen === 'works';
  return sighting.seen === expectedSight(fault) && isLate(fault, sighting);
}

/**
 * Whether all works again after the fault. After a delay that takes an answer which the delay cannot have
 * given; one hiccup can look like it, so a caller tries more than once before calling the fault unhealed.
 */
export function isHealed(fault: Fault, sighting: Sighting): boolean {
  return isProved(undefined, sighting) && !(fault.kind === 'delay' && isLate(fault, sighting));
}

/** How long a try of the link must wait for its answer to tell the fault from silence. */
export function tryForMs(fault: Fault | undefined): number {
  return fault?.kind === 'delay' ? fault.latencyMs + fault.jitterMs + answerWithinMs : answerWithinMs;
}

/** Much longer than any answer of a healthy dependency on this machine, and shorter than the time between tries. */
const answerWithinMs = 800;

/** True for faults that are not about time. */
function isLate(fault: Fault, { roundTripMs }: Sighting): boolean {
  return fault.kind !== 'delay' || (roundTripMs ?? 0) >= fault.latencyMs - fault.jitterMs;
}
