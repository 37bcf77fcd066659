import type { Queries } from '../resilience/guarded-pool.ts';
import { dimensionsSql, embeddingTypeOf } from './vector-index.ts';

/* What others want to know of the database, without a store. Each takes one statement, or a few, and throws what the driver does. */

type Database = Pick<Queries, 'query'>;

/** Fails when memories cannot be read here and now. */
export async function readAny(database: Database): Promise<void> {
  await database.query(readAnySql);
}

/** Of the store too. */
export const readAnySql = 'select 1 from memories limit 1';

export interface SearchIndex {
  /** What a search needs, for who has to make it. */
  wanted: string;
  /** Whether one is there and can be used. */
  usable: boolean;
}

/**
 * Whether a search has an index: the one by user, with which it reads no more than the rows of that user, or a graph of all
 * vectors (hnsw or ivfflat).
 */
export async function searchIndex(database: Database): Promise<SearchIndex> {
  const { rows } = await database.query<SearchIndex>(searchIndexSql);
  return rows[0] ?? { wanted: 'the table memories', usable: false };
}

/**
 * One row; none when there is no table. pgvector's index is over an expression, for which `indkey` is 0, and no other column
 * has one of these methods.
 */
const searchIndexSql = `
  select 'that begins with user_id, or of hnsw or ivfflat' as wanted,
    exists (
      select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam
      where i.indrelid = col.attrelid and i.indisvalid and i.indisready
        and (am.amname in ('hnsw', 'ivfflat') or i.indkey[0] = col.attnum)
    ) as usable
  from pg_attribute col where col.attrelid = to_regclass('memories') and col.attname = 'user_id'`;

/** Those that come first in the table, which are mostly the oldest: the whole table would take long at every start. */
const looksAt = 1000;

/** The dimensions of embeddings that have not so many, ascending, among the first of the table. */
export async function otherDimensions(database: Database, dimensions: number): Promise<number[]> {
  const dimensionsOf = dimensionsSql(await embeddingTypeOf(database));
  const { rows } = await database.query<{ dimensions: number }>(
    `select distinct dimensions
     from (select ${dimensionsOf} as dimensions from memories where embedding is not null limit ${looksAt}) as first
     where dimensions <> $1 order by dimensions`,
    [dimensions],
  );
  return rows.map((row) => row.dimensions);
}
