import type { Observations, TimeWindow } from '../../harness/observe/observations.ts';
import { loadWindow } from '../../harness/observe/phases.ts';

/** The time axis that all charts share: from the first phase (before it nothing is loaded) to the end of the load. */
export interface Axis extends TimeWindow {
  /** What second 0 is: the start of the run. */
  originMs: number;
}

/** Undefined when no phase began: nothing can be drawn over time then. */
export function axisOf(seen: Observations): Axis | undefined {
  const window = loadWindow(seen);
  if (window === undefined) return undefined;
  return {
    originMs: seen.run.atMs,
    startMs: window.startMs,
    endMs: Math.max(window.endMs, window.startMs + 1_000),
  };
}

/** Where a moment lies on the axis, in percent with two decimals; moments outside are drawn at its ends. */
export function percent(atMs: number, { startMs, endMs }: TimeWindow): number {
  const share = (atMs - startMs) / (endMs - startMs);
  return Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;
}

/** `21.4`: seconds since the start of the run. */
export function seconds(atMs: number, originMs: number): string {
  return ((atMs - originMs) / 1000).toFixed(1);
}

const niceMs = [1_000, 2_000, 3_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/**
 * The shortest bucket that holds about 100 requests (fewer say little about a P99) and gives at most 600 points;
 * never under 1 s, which is how finely the links count.
 */
export function bucketOf({ startMs, endMs }: TimeWindow, requests: number): number {
  const spanMs = endMs - startMs;
  const enoughMs = requests === 0 ? 1_000 : (100 * spanMs) / requests;
  const leastMs = Math.max(Math.min(enoughMs, 5_000), spanMs / 600);
  return niceMs.find((it) => it >= leastMs) ?? Math.ceil(spanMs / 600);
}
