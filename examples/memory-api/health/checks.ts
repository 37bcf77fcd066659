import type { Pool } from 'pg';
import type { HealthCheck } from './health.ts';

export interface CheckTimeouts {
  timeoutMs: number;
}

/** Whether memories can be read here and now; the service cannot serve without. */
export function postgresCheck(pool: Pick<Pool, 'query'>, { timeoutMs }: CheckTimeouts): HealthCheck {
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
 * Whether searches have a usable index: with a pgvector column one of hnsw or ivfflat over it, without one the index by
 * user, with which the exact scan reads no more than the rows of that user.
 */
export function vectorIndexCheck(pool: Pick<Pool, 'query'>, { timeoutMs }: CheckTimeouts): HealthCheck {
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
  with col as (
    select attrelid, attname, attnum, format_type(atttypid, null) in ('vector', 'halfvec') as is_vector
    from pg_attribute where attrelid = to_regclass('memories') and attname in ('embedding', 'user_id')
  ), wanted as (
    select attrelid, bool_or(is_vector) as by_vector, max(attnum) filter (where attname = 'user_id') as user_id
    from col group by attrelid
  )
  select case when by_vector then 'of hnsw or ivfflat over the embedding' else 'that begins with user_id' end
      as wanted,
    exists (
      select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam
      where i.indrelid = wanted.attrelid and i.indisvalid and i.indisready
        and case when by_vector then am.amname in ('hnsw', 'ivfflat') else i.indkey[0] = user_id end
    ) as usable
  from wanted`;
