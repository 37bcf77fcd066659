import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultOf, Look } from '../fault.ts';
import { signed } from './memory.ts';
import { cpuUsedMs } from './proc.ts';

const lookForMs = 1_000;
/** Of what was asked for. The load needs CPU too, so on a small machine the fault does not get all of it. */
const inForceShare = 0.5;

/** Holds the CPU that the target uses within a second, as Linux tells it, against what it used before the fault. */
export function lookAtCpu({ cores }: FaultOf<'burn-cpu'>, pids: () => number[]): Look {
  return async ({ moment, before }, signal) => {
    const usedCores = await coresInUse(pids(), signal);
    const measured = { value: usedCores, unit: 'cores' } as const;
    if (moment === 'before')
      return { seen: 'works', measured, detail: `${usedCores.toFixed(2)} cores in use` };
    if (!before)
      return { seen: 'unseen', measured, detail: 'there was no look before the fault to compare with' };
    const more = usedCores - before.value;
    return {
      seen: more >= inForceShare * cores ? 'affected' : 'works',
      measured,
      detail: `${usedCores.toFixed(2)} cores in use, ${signed(more, 2)} since before`,
    };
  };
}

async function coresInUse(pids: readonly number[], signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const usedMs = await cpuUsedMs(pids);
  await sleep(lookForMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  return ((await cpuUsedMs(pids)) - usedMs) / (performance.now() - startedMs);
}
