import type { BreakerState } from '../../harness/journal/entry.ts';
import type { Phase } from '../../harness/scenario/scenario.ts';
import type { Story } from './story.ts';

/** A stretch of the shared time axis, Unix ms. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** The axis that all charts share: from the first phase (before it nothing is loaded) to the last thing seen. */
export interface Axis extends Stretch {
  /** What second 0 is: the start of the run. */
  originMs: number;
}

export function axisOf(story: Story): Axis {
  const firstMs = Number.isFinite(story.firstAtMs) ? story.firstAtMs : 0;
  const originMs = story.run?.atMs ?? firstMs;
  const fromMs = story.phases[0]?.atMs ?? firstMs;
  const endMs = story.phases.find((it) => it.phase === 'end')?.atMs ?? story.lastAtMs;
  return { originMs, fromMs, toMs: Math.max(endMs, fromMs + 1000) };
}

/** Where a moment lies on the axis, in percent with two decimals; moments outside are drawn at its ends. */
export function percent(atMs: number, { fromMs, toMs }: Stretch): number {
  const share = (atMs - fromMs) / (toMs - fromMs);
  return Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;
}

/** `21.4`: seconds since the start of the run. */
export function seconds(atMs: number, { originMs }: Axis): string {
  return ((atMs - originMs) / 1000).toFixed(1);
}

export function phaseStretches(story: Story, axis: Axis): (Stretch & { phase: Phase })[] {
  return story.phases.flatMap(({ phase, atMs }, index) => {
    const toMs = story.phases[index + 1]?.atMs ?? axis.toMs;
    return phase === 'end' || toMs <= atMs ? [] : [{ phase, fromMs: atMs, toMs }];
  });
}

export type FaultStretch = Stretch & { label: string; healed: boolean };

/** A fault is in force from `injected` to `healed`; one that never healed reaches to the end of the axis. */
export function faultStretches(story: Story, axis: Axis): FaultStretch[] {
  return story.faults
    .filter((it) => it.event === 'injected')
    .map(({ index, atMs, fault }) => {
      const heal = story.faults.find((it) => it.event === 'healed' && it.index === index && it.atMs >= atMs);
      const label = `${fault.kind} ${fault.link}`;
      return { label, fromMs: atMs, toMs: heal?.atMs ?? axis.toMs, healed: heal !== undefined };
    });
}

export type BreakerStretch = Stretch & { state: BreakerState };

/** The states of one breaker, end to end; before its first sign of life there is nothing. */
export function breakerStretches(story: Story, axis: Axis): Map<string, BreakerStretch[]> {
  const lanes = new Map<string, BreakerStretch[]>();
  for (const { breaker, state, atMs } of story.breakers) {
    const lane = lanes.get(breaker) ?? [];
    const last = lane.at(-1);
    if (last?.state === state) continue;
    if (last !== undefined) last.toMs = atMs;
    lane.push({ state, fromMs: atMs, toMs: axis.toMs });
    lanes.set(breaker, lane);
  }
  return lanes;
}

const niceMs = [500, 1_000, 2_000, 3_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/** The shortest bucket that holds about 100 requests (fewer say little about a P99) and gives at most 600 points. */
export function bucketOf({ fromMs, toMs }: Stretch, requests: number): number {
  const spanMs = toMs - fromMs;
  const enoughMs = requests === 0 ? 1_000 : (100 * spanMs) / requests;
  const leastMs = Math.max(Math.min(enoughMs, 5_000), spanMs / 600);
  return niceMs.find((it) => it >= leastMs) ?? Math.ceil(spanMs / 600);
}
