import type { FaultOf, Look } from '../fault.ts';
import { residentMb } from './proc.ts';

/** Of what was asked for: how much more memory in use shows the fault, and how much less of it shows the heal. */
const inForceShare = 0.8;
const healedShare = 0.5;

/** Holds the memory that the target has in use, as Linux tells it, against what it was before the fault. */
export function lookAtMemory({ sizeMb }: FaultOf<'allocate-heap'>, pids: () => number[]): Look {
  return async ({ moment, before }, signal) => {
    signal.throwIfAborted();
    const nowMb = await residentMb(pids());
    const measured = { value: nowMb, unit: 'MB' } as const;
    if (moment === 'before') return { seen: 'works', measured, detail: `${nowMb.toFixed(0)} MB in use` };
    if (!before)
      return { seen: 'unseen', measured, detail: 'there was no look before the fault to compare with' };
    const moreMb = nowMb - before.value;
    const enough = (moment === 'during' ? inForceShare : healedShare) * sizeMb;
    return {
      seen: moreMb >= enough ? 'affected' : 'works',
      measured,
      detail: `${nowMb.toFixed(0)} MB in use, ${signed(moreMb, 0)} MB since before`,
    };
  };
}

/** With its sign, also when it is a plus. */
export function signed(value: number, digits: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}
