import { forgetEverything } from '../cache/forget.ts';
import type { CacheConfig } from '../config.ts';
import type { AdminContext } from './context.ts';

/** What became of the cache of a running service. */
export type CacheOutcome = 'invalidated' | 'disabled' | 'unreachable';

/**
 * Does what changes memories, and then has running services forget what they keep in Redis, also when it failed: some
 * of it may have been done.
 *
 * @throws what `work` throws
 */
export async function changing<R>(
  { cacheOf }: Pick<AdminContext, 'cacheOf'>,
  work: () => Promise<R>,
): Promise<{ result: R; cache: CacheOutcome }> {
  const cache = cacheOf();
  try {
    const result = await work();
    return { result, cache: await forget(cache) };
  } catch (error) {
    await forget(cache);
    throw error;
  }
}

async function forget({ enabled, url }: Pick<CacheConfig, 'enabled' | 'url'>): Promise<CacheOutcome> {
  if (!enabled) return 'disabled';
  return forgetEverything({ url }).then(
    () => 'invalidated',
    () => 'unreachable',
  );
}

/** For people; nothing when there is nothing to be said. */
export function cacheLines(cache: CacheOutcome): string[] {
  if (cache !== 'unreachable') return [];
  return [
    'Redis (REDIS_URL) does not answer, so a running service was not told:',
    'it may answer from its cache until CACHE_TTL_S is over.',
  ];
}
