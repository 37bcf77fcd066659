import { contradiction } from '../observe/breaker.ts';
import type { BreakerTimeline, Observations, TimeWindow } from '../observe/observations.ts';
import { listed, moment } from './words.ts';

/** A breaker that can be judged, or the reason why none can. */
export type Found = { timeline: BreakerTimeline } | { reason: string };

/** For claims: `the breaker`, `the breaker redis`. */
export function breakerWords(name: string | undefined): string {
  return name === undefined ? 'the breaker' : `the breaker ${name}`;
}

/** The breaker with this name, or the only one there is. */
export function findBreaker({ run, breakers }: Observations, name: string | undefined): Found {
  const names = [...breakers.keys()].sort();
  if (names.length === 0) {
    const why = run.scenario.target.preload ? '' : ': the target runs without the preload';
    return { reason: `no breaker was heard of${why}` };
  }
  if (name === undefined && names.length > 1) {
    return { reason: `there are several breakers (${listed(names)}) and the SLO names none` };
  }
  const timeline = breakers.get(name ?? names[0]!);
  return timeline
    ? { timeline }
    : { reason: `no breaker "${name}" was heard of; those that were: ${listed(names)}` };
}

/** The same, when its transitions and its samples also tell the same story. */
export function findConsistentBreaker(seen: Observations, name: string | undefined): Found {
  const found = findBreaker(seen, name);
  const conflict = 'timeline' in found ? contradiction(found.timeline) : undefined;
  if (conflict === undefined) return found;
  const { atMs, sampled, expected } = conflict;
  return {
    reason: `the witnesses disagree at ${moment(seen, atMs)}: sampled as ${sampled}, ${expected} by its transitions`,
  };
}

/** Samples in the window: how often somebody looked. */
export function samplesIn({ samples }: BreakerTimeline, { startMs, endMs }: TimeWindow): number {
  return samples.filter(({ atMs }) => startMs <= atMs && atMs < endMs).length;
}

/** When the first fault was in force; undefined when none went in. */
export function firstInjection({ faults }: Observations): number | undefined {
  const times = faults.flatMap(({ injectedMs }) => injectedMs ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** When the last fault was healed; undefined while one that went in is not, and when none went in. */
export function lastHeal({ faults }: Observations): number | undefined {
  const begun = faults.filter((it) => it.injectedMs !== undefined);
  const times = begun.map(({ healedMs }) => healedMs ?? Infinity);
  const last = Math.max(...times);
  return Number.isFinite(last) ? last : undefined;
}
