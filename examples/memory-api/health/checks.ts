import type { Queries } from '../resilience/guarded-pool.ts';
import { readAny, searchIndex } from '../storage/looks.ts';
import type { HealthCheck } from './health.ts';

export interface CheckTimeouts {
  timeoutMs: number;
}

/** Whether memories can be read here and now; the service cannot serve without. */
export function postgresCheck(pool: Pick<Queries, 'query'>, { timeoutMs }: CheckTimeouts): HealthCheck {
  return {
    name: 'postgres',
    timeoutMs,
    required: true,
    check: () => readAny(pool),
  };
}

/** `ping` fails when Redis does not answer. */
export function redisCheck(ping: () => Promise<unknown>, { timeoutMs }: CheckTimeouts): HealthCheck {
  return { name: 'redis', timeoutMs, required: false, check: ping };
}

/** The index that a search needs is not there or not usable: a search is right, but reads every row. */
export class VectorIndexError extends Error {
  override name = 'VectorIndexError';
}

/**
 * Whether searches have a usable index: the one by user, with which a search reads no more than the rows of that user, or,
 * where the server has pgvector, a graph of all vectors (hnsw or ivfflat), which is made on demand.
 */
export function vectorIndexCheck(pool: Pick<Queries, 'query'>, { timeoutMs }: CheckTimeouts): HealthCheck {
  return {
    name: 'vector_index',
    timeoutMs,
    required: false,
    check: async () => {
      const { wanted, usable } = await searchIndex(pool);
      if (!usable)
        throw new VectorIndexError(
          `expected a valid index ${wanted}, there is none: memory-admin optimise makes it`,
        );
    },
  };
}
