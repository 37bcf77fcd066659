import type { Logger } from 'pino';
import type { Queries } from '../resilience/guarded-pool.ts';
import { otherDimensions } from '../storage/looks.ts';

/**
 * Says what to do when memories have embeddings of other dimensions than the settings: a search by meaning compares only
 * those that have as many. Says nothing when that cannot be told now. Never throws.
 */
export async function tellOtherDimensions(
  pool: Pick<Queries, 'query'>,
  dimensions: number,
  log: Pick<Logger, 'warn'>,
): Promise<void> {
  const found = await otherDimensions(pool, dimensions).catch(() => []);
  if (found.length === 0) return;
  log.warn(
    { found, dimensions },
    `memories have embeddings of ${found.join(' and ')} dimensions, and EMBEDDINGS_DIMENSIONS is ${dimensions}: ` +
      'no search by meaning finds them. Set it back, or have them made anew: ' +
      'node admin/main.ts embeddings renew --others',
  );
}
