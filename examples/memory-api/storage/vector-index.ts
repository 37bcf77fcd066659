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
  await database.query(
    `set local maintenance_work_mem = '${buildMemory}';
     set local statement_timeout = 0;
     ${createSql('if not exists', dimensions)}`,
  );
}

/** Built in memory it takes a fraction of the time; a server's own limit of 64 MB is soon reached. */
const buildMemory = '512MB';

/** Other numbers of dimensions stand in the same column while a change of embedder is under way. */
function createSql(how: 'if not exists' | 'concurrently', dimensions: number): string {
  const size = wholeNumber(dimensions);
  return `create index ${how} ${vectorIndexName(size)} on memories
     using hnsw ((embedding::vector(${size})) vector_ip_ops) where vector_dims(embedding) = ${size}`;
}

/**
 * Makes it while others write. What an attempt has left that did not end is made anew.
 *
 * @throws Error of the server, for one, when embeddings are bytes there
 */
export async function buildVectorIndex(
  connection: Pick<ClientBase, 'query'>,
  dimensions: number,
): Promise<'made' | 'there'> {
  const { rows } = await connection.query<{ usable: boolean }>(
    'select indisvalid and indisready as usable from pg_index where indexrelid = to_regclass($1)',
    [vectorIndexName(dimensions)],
  );
  if (rows[0]?.usable) return 'there';
  if (rows[0]) await dropVectorIndex(connection, dimensions);
  await connection.query(`set maintenance_work_mem = '${buildMemory}'`);
  await connection.query(createSql('concurrently', dimensions)).finally(() =>
    // The server may be gone.
    connection.query('reset maintenance_work_mem').catch(() => {}),
  );
  return 'made';
}

/** Takes it away while others read and write. Does nothing when it is not there. */
export async function dropVectorIndex(
  connection: Pick<ClientBase, 'query'>,
  dimensions: number,
): Promise<void> {
  await connection.query(`drop index concurrently if exists ${vectorIndexName(wholeNumber(dimensions))}`);
}

/** It becomes a part of a statement. */
export function wholeNumber(dimensions: number): number {
  if (Number.isInteger(dimensions) && dimensions > 0) return dimensions;
  throw new RangeError(`the number of dimensions should be a whole number above 0 and is ${dimensions}`);
}
