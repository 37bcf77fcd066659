import type { MachineBucket, Observations, TimeWindow } from '../observe/observations.ts';
import { windowOf } from '../observe/phases.ts';
import type { Phase } from '../scenario/scenario.ts';
import { takeBack } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { counted, duration, percent, quantity } from './words.ts';

/** Of the CPU time that the machine wanted, what others may have had. With a third the demo's P95 still was 40 to 70 ms. */
const toleratedShare = 0.5;
/** Of one CPU: a machine that wants next to nothing is not disturbed by waiting for that. */
const leastStolenShare = 0.1;
/** What piled up meanwhile has to be worked off. */
const afterMs = 1000;
/** Of the time that a request took: one that hung long before the time was stolen did not hang because of it. */
const explainedShare = 0.5;
const disturbed: readonly Judgement['kind'][] = ['latency', 'error-rate'];

/**
 * The judgement, taken back when it is `violated` and the requests whose time was not mostly stolen time do not show it,
 * too. What is `met` although time was stolen stays so.
 */
export function unlessStolen(seen: Observations, judge: (seen: Observations) => Judgement): Judgement {
  const judgement = judge(seen);
  if (judgement.outcome !== 'violated') return judgement;
  const text = stolenTime(seen, judgement.phase as Phase);
  if (text === undefined) return judgement;
  const rest = judge(withoutStolen(seen));
  if (rest.outcome === 'violated') return judgement;
  const { observed, samples } = rest;
  const otherwise =
    observed === undefined
      ? ''
      : `; without that time ${quantity(observed, rest.unit)} (${counted(samples, 'sample')})`;
  return takeBack(judgement, `${text}${otherwise}`);
}

/** Of each phase in which time was stolen and something is not met that this can have done. */
export function stolenTimes(seen: Observations, judgements: readonly Judgement[]): string[] {
  return seen.phases.flatMap(({ phase }) => {
    const missed = judgements.some(
      (it) => it.phase === phase && it.outcome !== 'met' && disturbed.includes(it.kind),
    );
    return (missed && stolenTime(seen, phase)) || [];
  });
}

function stolenTime(seen: Observations, phase: Phase): string | undefined {
  const window = windowOf(seen, phase);
  const times = stolen(seen).filter(
    (it) => window && it.startMs < window.endMs && it.endMs + afterMs > window.startMs,
  );
  if (times.length === 0) return undefined;
  const forMs = times.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const worst = Math.max(...times.map(shareOf));
  return `the CPU was stolen: for ${duration(Math.round(forMs / 100) * 100)} in or just before the phase ${phase} other machines had up to ${percent(Math.round(worst * 100) / 100)} of the CPU time that this one wanted (at most ${percent(toleratedShare)} allowed)`;
}

function stolen({ machine }: Observations): readonly MachineBucket[] {
  return machine.filter((it) => {
    return it.stolenMs > leastStolenShare * (it.endMs - it.startMs) && shareOf(it) > toleratedShare;
  });
}

function shareOf({ busyMs, stolenMs }: Pick<MachineBucket, 'busyMs' | 'stolenMs'>): number {
  return stolenMs / (busyMs + stolenMs);
}

function withoutStolen(seen: Observations): Observations {
  const times = disturbedTimes(seen);
  const { startMs, durationMs, elapsedMs, status, name } = seen.requests;
  const kept = startMs.flatMap((atMs, i) => (isExplained(times, atMs, elapsedMs[i]!) ? [] : [i]));
  const only = <T>(column: readonly T[]) => kept.map((i) => column[i]!);
  return {
    ...seen,
    requests: {
      startMs: only(startMs),
      durationMs: only(durationMs),
      elapsedMs: only(elapsedMs),
      status: only(status),
      name: only(name),
    },
  };
}

/** Stolen times with what comes after each, none of which overlap. */
function disturbedTimes(seen: Observations): TimeWindow[] {
  const times: TimeWindow[] = [];
  for (const { startMs, endMs } of stolen(seen)) {
    const last = times.at(-1);
    if (last && startMs <= last.endMs) last.endMs = endMs + afterMs;
    else times.push({ startMs, endMs: endMs + afterMs });
  }
  return times;
}

function isExplained(times: readonly TimeWindow[], fromMs: number, forMs: number): boolean {
  const overlapMs = times.reduce((sum, { startMs, endMs }) => {
    return sum + Math.max(0, Math.min(endMs, fromMs + forMs) - Math.max(startMs, fromMs));
  }, 0);
  return overlapMs > 0 && overlapMs >= explainedShare * forMs;
}
