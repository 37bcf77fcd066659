import { setImmediate as turn } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type End, Refusal, within } from './fault.ts';

const bytesPerMb = 1024 * 1024;
const bytesPerNumber = 8;
/** A heap that is fuller than this is close to a crash, which would be another fault than the one asked for. */
const fullest = 0.8;

/**
 * Fills the JavaScript heap with `sizeMb` of live objects: arrays of numbers, of 1 MB each, all written to, so that
 * the memory is really in use. The loop turns between them.
 */
export async function allocateHeap(fault: { sizeMb: unknown }): Promise<End> {
  const sizeMb = within('sizeMb', fault.sizeMb, 1, 65_536);
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  const after = used + sizeMb * bytesPerMb;
  if (after > fullest * limit) {
    throw new Refusal(
      `expected at most ${inMb(fullest * limit)} MB of heap in use (${fullest * 100} % of the limit), got ${inMb(after)} with ${sizeMb} MB more: ask for less, or give the service a larger --max-old-space-size`,
    );
  }
  const held: number[][] = [];
  for (let mb = 0; mb < sizeMb; mb += 1) {
    held.push(new Array<number>(bytesPerMb / bytesPerNumber).fill(mb + 0.5));
    await turn();
  }
  return () => {
    held.length = 0;
    collectGarbage();
  };
}

/** An idle service may collect nothing for minutes, and the fault would outlive its heal. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function inMb(bytes: number): number {
  return Math.round(bytes / bytesPerMb);
}
