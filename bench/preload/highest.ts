import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, connections } from './bench.ts';
import type { Contestant } from './contestants.ts';
import type { HighestFigures, Recorded } from './figures.ts';
import { Life } from './life.ts';
import { cpuMsOf } from './process-figures.ts';
import type { ServiceName } from './service.ts';

/** The highest rate that a contestant can carry, and what was delivered of it when the process has ended. */
export async function measureHighest(
  bench: Bench,
  service: ServiceName,
  contestant: Contestant,
  recorded: Recorded,
): Promise<HighestFigures> {
  await using life = await Life.begin(bench, service, contestant);
  const { warmupMs, forMs } = bench.plan.highest;
  await life.ask({ connections, forMs: warmupMs });
  const beforeMs = cpuMsOf(life.service.pid);
  const { good, goodPerSecond } = await life.ask({ connections, forMs });
  await sleep(bench.plan.steady.settleMs);
  const cpuMs = cpuMsOf(life.service.pid) - beforeMs;
  return {
    highestPerSecond: goodPerSecond,
    cpuMicrosPerRequestAtHighest: (cpuMs / good) * 1000,
    deliveredAtHighest: await life.deliver(recorded),
  };
}
