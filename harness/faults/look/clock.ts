import type { Control } from '../control/control.ts';
import type { FaultOf, Look } from '../fault.ts';

/** Target and harness are on one machine: without a fault their clocks are one. */
const toleratedMs = 300;

/**
 * Asks the target for its time of day and holds it against the harness's own. The time is asked of the target, so it
 * is its own witness for what it reads; what is right is known outside.
 */
export function lookAtClock({ skewMs }: FaultOf<'skew-clock'>, control: Control): Look {
  return async (_, signal) => {
    const askedMs = Date.now();
    const answers = await control.status(undefined, signal);
    const answeredMs = Date.now();
    const tolerance = toleratedMs + (answeredMs - askedMs);
    const offsets = answers.map(({ dateMs }) => dateMs - (askedMs + answeredMs) / 2);
    const affected = offsets.every((it) => Math.abs(it - skewMs) <= tolerance);
    const right = offsets.every((it) => Math.abs(it) <= tolerance);
    const shown = offsets.map((it) => `${(it / 1000).toFixed(1)} s`).join(', ');
    return {
      seen: affected ? 'affected' : right ? 'works' : 'unseen',
      measured: { value: offsets[0]!, unit: 'ms' },
      detail: `the target says of itself: its time of day is off by ${shown}`,
    };
  };
}
