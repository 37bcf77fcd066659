import type { BreakerState } from '../journal/entry.ts';
import type { BreakerTimeline, TimeWindow } from './observations.ts';

/** A stretch of time in one state. */
export interface StateInterval extends TimeWindow {
  state: BreakerState;
}

/** A sample may be stamped a little after it was taken; only beyond this it contradicts a transition. */
const stampToleranceMs = 250;

/**
 * The states that the breaker went through in the window, without gaps, by its transitions. Before the first
 * one it is what the first sample says, and `closed` when there is none: breakers start closed.
 */
export function breakerIntervals(timeline: BreakerTimeline, window: TimeWindow): StateInterval[] {
  const intervals: StateInterval[] = [];
  let current: StateInterval = {
    state: initialState(timeline),
    startMs: window.startMs,
    endMs: window.endMs,
  };
  for (const { atMs, state } of timeline.transitions) {
    if (atMs >= window.endMs) break;
    if (state === current.state) continue;
    const changedMs = Math.max(atMs, window.startMs);
    if (changedMs > current.startMs) intervals.push({ ...current, endMs: changedMs });
    current = { state, startMs: changedMs, endMs: window.endMs };
  }
  return [...intervals, current];
}

function initialState({ transitions, samples }: BreakerTimeline): BreakerState {
  const first = samples[0];
  const changedMs = transitions[0]?.atMs ?? Number.POSITIVE_INFINITY;
  return first !== undefined && first.atMs < changedMs ? first.state : 'closed';
}

/** The state at a moment, by the transitions until then (one at this very moment included). */
export function stateAt(timeline: BreakerTimeline, atMs: number): BreakerState {
  const before = timeline.transitions.findLast((it) => it.atMs <= atMs);
  return before?.state ?? initialState(timeline);
}

/**
 * The first sample that no transition within a quarter of a second explains: one of the two witnesses, the
 * gauge or the events, has lost something.
 */
export function contradiction(
  timeline: BreakerTimeline,
): { atMs: number; sampled: BreakerState; expected: BreakerState } | undefined {
  let next = 0;
  for (const { atMs, state } of timeline.samples) {
    while ((timeline.transitions[next]?.atMs ?? Number.POSITIVE_INFINITY) < atMs - stampToleranceMs) next++;
    const possible = [stateBefore(timeline, next)];
    for (let i = next; (timeline.transitions[i]?.atMs ?? Infinity) <= atMs + stampToleranceMs; i++) {
      possible.push(timeline.transitions[i]!.state);
    }
    if (!possible.includes(state)) return { atMs, sampled: state, expected: possible.at(-1)! };
  }
  return undefined;
}

function stateBefore(timeline: BreakerTimeline, index: number): BreakerState {
  return timeline.transitions[index - 1]?.state ?? initialState(timeline);
}

/** Samples expected every second; one in two seconds may be missing, and none for this long is a dead signal. */
const longestSilenceMs = 5_000;

/** Whether somebody looked often enough: once in 2 s on average, and never 5 s without. */
export function signalAlive({ samples }: BreakerTimeline, window: TimeWindow): boolean {
  const times = samples.map((it) => it.atMs).filter((atMs) => window.startMs <= atMs && atMs <= window.endMs);
  const needed = Math.max(1, Math.floor((window.endMs - window.startMs) / 2_000));
  const edges = [window.startMs, ...times, window.endMs];
  const silent = edges.some((atMs, i) => i > 0 && atMs - edges[i - 1]! > longestSilenceMs);
  return times.length >= needed && !silent;
}
