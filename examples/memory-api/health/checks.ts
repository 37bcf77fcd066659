import type { Queries } from '../resilience/guarded-pool.ts';
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
    check: () => pool.query('select 1 from memories limit 1'),
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
      const { rows } = await pool.query<{ wanted: string; usable: boolean }>(vectorIndexSql);
      const [{ wanted, usable } = { wanted: 'the table memories', usable: false }] = rows;
      if (!usable)
        throw new VectorIndexError(`expected a valid index ${wanted}, there is none: migrate, or reindex it`);
    },
  };
}

/**
 * One row, with what is wanted and whether it is there; none when there is no table. pgvector's index is over an expression,
 * for which `indkey` is 0, and no other column has one of these methods.
 */
const vectorIndexSql = `
  select 'that begins with user_id, or of hnsw or ivfflat' as wanted,
    exists (
      select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam
      where i.indrelid = col.attrelid and i.indisvalid and i.indisready
        and (am.amname in ('hnsw', 'ivfflat') or i.indkey[0] = col.attnum)
    ) as usable
  from pg_attribute col where col.attrelid = to_regclass('memories') and col.attname = 'user_id'`;
