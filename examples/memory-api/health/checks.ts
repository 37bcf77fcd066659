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

/** The index that a search needs is not there or not usable: a search is right, but reads every row, or all of its user. */
export class VectorIndexError extends Error {
  override name = 'VectorIndexError';
}

/** Whether searches by meaning have a usable index, beside the graph of all vectors, which is made on demand. */
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
