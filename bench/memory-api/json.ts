import { type Figures, queryShare, type StoreFigures } from './figures.ts';
import { responseTimeShare, statementsShare } from './musts.ts';

/** The last line: of each share the worse of the two stores, and both under their names. */
export function asJson({ stores, recovery }: Figures, notMet: readonly string[]): string {
  const lowest = (of: (it: StoreFigures) => number) => round(Math.min(...stores.map(of)));
  const highest = (of: (it: StoreFigures) => number) => round(Math.max(...stores.map(of)));
  const byStore = (of: (it: StoreFigures) => unknown) =>
    Object.fromEntries(stores.map((it) => [it.store, of(it)]));
  const rounded = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]));
  return JSON.stringify({
    bench: 'memory-api',
    p95Ms: byStore(({ p95Ms }) => rounded(p95Ms)),
    samples: byStore(({ samples }) => samples),
    hitRate: lowest(({ hitRate }) => hitRate),
    statementsWithCacheShare: highest(statementsShare),
    responseTimeWithCacheShare: highest(responseTimeShare),
    queryTimeWithIndexShare: highest(queryShare),
    recoveredShare: round(recovery.recovered / recovery.hit),
    ...(stores.some((it) => it.memory) && {
      rssMbPerMinute: highest((it) => it.memory?.rssMbPerMinute ?? Number.NaN),
    }),
    byStore: byStore((it) => ({
      hitRate: round(it.hitRate),
      statementsPerRequest: rounded(it.statementsPerRequest),
      meanMs: rounded(it.meanMs),
      busyRatePerSecond: it.busy.ratePerSecond,
      busyMeanMs: rounded(it.busy.meanMs),
      queryTimeWithIndexShare: round(queryShare(it)),
      failedShare: round(it.failedShare),
      droppedShare: round(it.droppedShare),
      memory: it.memory,
    })),
    notMet,
  });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
