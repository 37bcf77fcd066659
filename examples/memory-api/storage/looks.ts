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
 * Whether a search by meaning has its index: with pgvector one by user, by which it finds the rows of that user; otherwise the
 * one by which it finds what is new of that user. The graph of all vectors is no substitute: it is of one number of
 * dimensions, and a search that gets too little from it is made again by user.
 */
export async function searchIndex(database: Database): Promise<SearchIndex> {
  const { rows } = await database.query<SearchIndex>(searchIndexSql);
  return rows[0] ?? { wanted: 'the table memories', usable: false };
}

/** One row; none when there is no table. An index of a part of the rows will do when all that have an embedding are in it. */
const searchIndexSql = `
  select 'that begins with user_id' || case when vectors then '' else ', embedded_by' end as wanted,
    exists (
      select from pg_index where indrelid = attrelid and indisvalid and indisready
        and pg_get_indexdef(indexrelid, 1, true) = 'user_id'
        and (vectors or pg_get_indexdef(indexrelid, 2, true) = 'embedded_by')
        and (indpred is null or pg_get_expr(indpred, indrelid) = '(embedding IS NOT NULL)')
    ) as usable
  from (
    select attrelid, format_type(atttypid, null) = 'vector' as vectors from pg_attribute
    where attrelid = to_regclass('memories') and attname = 'embedding'
  ) as embedding`;

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
