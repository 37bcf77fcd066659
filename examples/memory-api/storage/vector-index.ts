import type { ClientBase } from 'pg';
import type { Queries } from '../resilience/guarded-pool.ts';

/** The type of the column in which embeddings stand, as the migrations have made it on this server. */
export type EmbeddingType = 'vector' | 'bytea';

/** @throws Error when there is no such column, because the migrations have not been run */
export async function embeddingTypeOf(database: Pick<Queries, 'query'>): Promise<EmbeddingType> {
  const { rows } = await database.query<{ type: string }>(
    `select format_type(atttypid, null) as type from pg_attribute
     where attrelid = to_regclass('memories') and attname = 'embedding'`,
  );
  const type = rows[0]?.type;
  if (type === 'vector' || type === 'bytea') return type;
  throw new Error(
    `the column memories.embedding should be of type vector or bytea and is ${type ?? 'not there'}: run node migrate.ts`,
  );
}

/** How many dimensions an embedding has, as SQL; null without one. */
export function dimensionsSql(type: EmbeddingType): string {
  return type === 'vector' ? 'vector_dims(embedding)' : 'octet_length(embedding) / 4';
}

/**
 * The name of the index over the vectors of one user and of everybody, for embeddings with so many dimensions. It is an
 * HNSW graph (Malkov and Yashunin, 2016); 100,000 vectors of 384 dimensions take 35 s and 200 MB, and each one that
 * comes later about 4 ms, so whoever loads many drops it first and makes it again afterwards.
 */
export function vectorIndexName(dimensions: number): string {
  return `memories_by_meaning_${dimensions}`;
}

/** Makes the index when it is not there. Does nothing on a server whose embeddings are bytes. */
export async function ensureVectorIndex(
  database: Pick<ClientBase, 'query'>,
  dimensions: number,
): Promise<void> {
  if ((await embeddingTypeOf(database)) !== 'vector') return;
  const size = wholeNumber(dimensions);
  // Other numbers of dimensions stand in the same column while a change of embedder is under way.
  await database.query(
    // Built in memory it takes a fraction of the time; a server's own limit of 64 MB is soon reached.
    `set local maintenance_work_mem = '512MB';
     set local statement_timeout = 0;
     create index if not exists ${vectorIndexName(size)} on memories
     using hnsw ((embedding::vector(${size})) vector_ip_ops) where vector_dims(embedding) = ${size}`,
  );
}

/** It becomes a part of a statement. */
export function wholeNumber(dimensions: number): number {
  if (Number.isInteger(dimensions) && dimensions > 0) return dimensions;
  throw new RangeError(`the number of dimensions should be a whole number above 0 and is ${dimensions}`);
}
