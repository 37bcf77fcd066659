import type { PhaseEntry } from '../journal/entry.ts';
import type { Phase } from '../scenario/scenario.ts';
import type { Observations, PhaseWindow, TimeWindow } from './observations.ts';

/**
 * Phases as they happened: each lasts until the next entry, the last until `end`, or until `lastMs` when the
 * record stops before.
 */
export function phaseWindows(entries: readonly PhaseEntry[], lastMs: number): PhaseWindow[] {
  const inOrder = [...entries].sort((a, b) => a.atMs - b.atMs);
  return inOrder.flatMap((entry, i) => {
    if (entry.phase === 'end') return [];
    const next = inOrder[i + 1];
    return [
      {
        phase: entry.phase,
        startMs: entry.atMs,
        endMs: next?.atMs ?? lastMs,
        closed: next !== undefined,
      },
    ];
  });
}

/** From the begin of the first phase to the end of the last; undefined when none began. */
export function loadWindow({ phases }: Observations): TimeWindow | undefined {
  const first = phases.at(0);
  const last = phases.at(-1);
  return first && last && { startMs: first.startMs, endMs: last.endMs };
}

/** The phase with this name; undefined when it never began. */
export function windowOf({ phases }: Observations, phase: Phase): PhaseWindow | undefined {
  return phases.find((it) => it.phase === phase);
}

/** Whether the moment lies in the window: its begin belongs to it, its end does not. */
export function within({ startMs, endMs }: TimeWindow, atMs: number): boolean {
  return startMs <= atMs && atMs < endMs;
}
