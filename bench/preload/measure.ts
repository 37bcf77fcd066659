import type { Bench } from './bench.ts';
import type { Contestant } from './contestants.ts';
import type { Figures, HighestFigures } from './figures.ts';
import { measureHighest } from './highest.ts';
import type { ServiceName } from './service.ts';
import { measureStarts } from './starts.ts';
import { measureSteady } from './steady.ts';

/** All contestants on one service. */
export interface Measured {
  readonly service: ServiceName;
  readonly ratePerSecond: number;
  readonly figures: readonly Figures[];
}

/** Of what the slowest contestant can carry. */
const shareOfSlowest = 0.6;

/**
 * Everything about one service.
 *
 * 1. Starts, in turns; and what a request makes each contestant send.
 * 2. The highest rate, each contestant by itself, and what of it was delivered when the process has ended.
 * 3. At 60 % of what the slowest could carry, in turns: CPU, latency, memory; and what was delivered.
 */
export async function measure(bench: Bench, service: ServiceName): Promise<Measured> {
  const starts = await measureStarts(bench, service);
  const recorded = new Map(Array.from(starts, ([contestant, it]) => [contestant, it.recorded]));

  const highest = new Map<Contestant, HighestFigures>();
  for (const it of bench.contestants)
    highest.set(it, await measureHighest(bench, service, it, recorded.get(it)!));

  const slowest = Math.min(...Array.from(highest.values(), (it) => it.highestPerSecond));
  const ratePerSecond = Math.floor(shareOfSlowest * slowest);
  const steady = await measureSteady(bench, service, ratePerSecond, recorded);

  const figures = bench.contestants.map((it) => ({
    name: it.name,
    ...starts.get(it)!,
    ...highest.get(it)!,
    ...steady.get(it)!,
  }));
  return { service, ratePerSecond, figures };
}
