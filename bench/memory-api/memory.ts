import { type Bench, type Place, ratePerSecond } from './bench.ts';
import type { MemoryFigures } from './figures.ts';
import { runLoad } from './load.ts';
import { WatchedRss } from './rss.ts';
import { startService } from './service.ts';

/** Until every user was seen, and V8's heap has the size that it keeps, which takes some 30 collections (docs/memory-api.md). */
const warmupMs = 720_000;

/** With those to get warm. */
export function minutesFor(minutes: number): number {
  return minutes + warmupMs / 60_000;
}

/**
 * The load for so many minutes, and twelve before that; RSS each second.
 *
 * @throws Error when the service ends meanwhile
 */
export async function measureMemory(
  bench: Bench,
  place: Place,
  minutes: number,
  deletedBefore: number,
): Promise<MemoryFigures> {
  await using service = await startService(bench, place);
  await using rss = new WatchedRss(service.pid);
  const signal = AbortSignal.any([bench.signal, rss.gone]);
  const { baseUrl } = service;
  const forMs = minutes * 60_000;
  const pace = { ratePerSecond };
  const load = { baseUrl, key: place.key, seed: 1, deletedBefore, pace, warmupMs, forMs };
  const { requests, failed, dropped } = await runLoad({ ...bench, signal }, load).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  return { ...rss.since(warmupMs), requests, failed, dropped };
}
