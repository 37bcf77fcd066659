import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { dimensionsSql, embeddingTypeOf } from '../storage/vector-index.ts';

/** Those that come first in the table, which are mostly the oldest: the whole table would take long at every start. */
const looksAt = 1000;

/**
 * Says what to do when memories have embeddings of other dimensions than the settings: a search by meaning compares only
 * those that have as many. Says nothing when that cannot be told now. Never throws.
 */
export async function tellOtherDimensions(
  pool: Pick<Pool, 'query'>,
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

async function otherDimensions(pool: Pick<Pool, 'query'>, dimensions: number): Promise<number[]> {
  const dimensionsOf = dimensionsSql(await embeddingTypeOf(pool as Pool));
  const { rows } = await pool.query<{ dimensions: number }>(
    `select distinct dimensions
     from (select ${dimensionsOf} as dimensions from memories where embedding is not null limit ${looksAt}) as first
     where dimensions <> $1 order by dimensions`,
    [dimensions],
  );
  return rows.map((row) => row.dimensions);
}
