import { setTimeout as wait } from 'node:timers/promises';
import { type Sample, slopePerMinute } from '../preload/hostile/slope.ts';
import { rssMbOf } from '../preload/process-figures.ts';
import { type Bench, type Place, ratePerSecond } from './bench.ts';
import type { Sent } from './figures.ts';
import { runLoad } from './load.ts';
import { startService } from './service.ts';

export interface MemoryFigures extends Sent {
  readonly rssMbPerMinute: number;
  /** When it was warm, and at the end. */
  readonly rssMb: readonly [first: number, last: number];
}

/** Until every user was seen, and the heap has the size that it keeps. */
const warmupMs = 120_000;
const sampleEveryMs = 1000;

/** The load for so many minutes, and two before that; RSS each second. */
export async function measureMemory(bench: Bench, place: Place, minutes: number): Promise<MemoryFigures> {
  await using service = await startService(bench, place);
  const samples: Sample[] = [];
  const over = new AbortController();
  const sampling = sample(service.pid, samples, over.signal);
  const { baseUrl } = service;
  const forMs = minutes * 60_000;
  try {
    const { requests, failed, dropped } = await runLoad(bench, {
      baseUrl,
      key: place.key,
      seed: 1,
      ratePerSecond,
      warmupMs,
      forMs,
    });
    const measured = samples.filter(({ atMs }) => atMs >= samples[0]!.atMs + warmupMs);
    return {
      rssMbPerMinute: slopePerMinute(measured),
      rssMb: [measured[0]!.value, measured.at(-1)!.value],
      ...{ requests, failed, dropped },
    };
  } finally {
    over.abort();
    await sampling;
  }
}

async function sample(pid: number, samples: Sample[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    samples.push({ atMs: performance.now(), value: rssMbOf(pid).now });
    await wait(sampleEveryMs, undefined, { signal }).catch(() => {});
  }
}
