import { DatabaseError } from '../errors.ts';
import type { ScoredMemory } from '../memory.ts';
import type { Queries } from '../resilience/guarded-pool.ts';
import type { SharedWork } from '../resilience/shared-work.ts';
import { ExactStore } from './exact-store.ts';
import { PgvectorStore } from './pgvector-store.ts';
import { Statements } from './statements.ts';
import { type EmbeddingType, embeddingTypeOf } from './vector-index.ts';

/** Finds memories by their embeddings. There is one for servers with pgvector and one for those without. */
export interface VectorStore {
  readonly name: 'pgvector' | 'exact';
  readonly columnType: EmbeddingType;
  /** The embedding as the text of a value of the column's type. */
  encode(embedding: readonly number[]): string;
  /**
   * The memories of this user that have an embedding of as many dimensions and are nearest to the given one: best
   * first, of equally good ones the newest. Vectors have length 1, so their dot product is the cosine.
   *
   * @throws DatabaseError
   */
  nearest(userId: string, embedding: readonly number[], limit: number): Promise<ScoredMemory[]>;
}

export interface VectorStoreOptions {
  /** The most memory that embeddings kept in this process may take, where the server has no pgvector. */
  vectorCacheMaxBytes?: number;
  /** For what several searches wait for. */
  shared?: SharedWork;
}

/** 80,000 embeddings of 384 dimensions, of 10,000 users at most: each has pages of its own. */
const defaultVectorCacheMaxBytes = 128 * 1024 * 1024;

/** Asks the server which it can serve. @throws DatabaseError */
export async function chooseVectorStore(
  pool: Queries,
  options: VectorStoreOptions = {},
): Promise<VectorStore> {
  const type = await embeddingTypeOf(pool).catch((cause: unknown) => {
    throw new DatabaseError(cause);
  });
  const statements = new Statements(pool);
  return type === 'vector'
    ? new PgvectorStore(statements)
    : new ExactStore(statements, options.vectorCacheMaxBytes ?? defaultVectorCacheMaxBytes, options.shared);
}
