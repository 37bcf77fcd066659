import type { ScoredMemory } from '../memory.ts';
import { columns, type Row, toMemory } from './row.ts';
import type { Statements } from './statements.ts';
import { wholeNumber } from './vector-index.ts';
import type { VectorStore } from './vector-store.ts';

type ScoredRow = Row & { score: number };

/**
 * Searches in the server, with pgvector. By default it sorts the user's own rows, which is exact: of 100,000 vectors of
 * 384 dimensions 15 ms for a user with 10,000 and 1 to 4 ms for one with 450. With the graph of all vectors
 * (`ensureVectorIndex`, `memory-admin index --graph`) the first takes 1 to 6 ms, the second would take 30 to 90 and so stays
 * with its rows: the planner weighs that. But the graph takes 35 s and 200 MB to build, 4 ms for each vector that is added,
 * and misses some.
 */
export class PgvectorStore implements VectorStore {
  readonly name = 'pgvector';
  readonly columnType = 'vector';
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  encode(embedding: readonly number[]): string {
    return `[${embedding.join(',')}]`;
  }

  async nearest(userId: string, embedding: readonly number[], limit: number): Promise<ScoredMemory[]> {
    const found = await this.#search(nearestSql, userId, embedding, limit);
    if (found.length >= limit) return found;
    // Either the user has no more, or the graph gave up: it is walked by nearness, and meets others' memories too.
    return this.#search(nearestOfAllSql, userId, embedding, limit);
  }

  async #search(
    sql: (dimensions: number) => string,
    userId: string,
    embedding: readonly number[],
    limit: number,
  ): Promise<ScoredMemory[]> {
    const values = [userId, this.encode(embedding), limit];
    const rows = await this.#statements.run<ScoredRow>(sql(wholeNumber(embedding.length)), values);
    return rows.map((row) => ({ ...toMemory(row), score: row.score }));
  }
}

/** `<#>` is the negative dot product, which is what pgvector can sort by. */
export function nearestSql(dimensions: number): string {
  return search(dimensions, `embedding::vector(${dimensions}) <#> $2`);
}

/** Not the expression of the index, so that the planner is left with the user's own rows. */
export function nearestOfAllSql(dimensions: number): string {
  return search(dimensions, `(embedding <#> $2) + 0`);
}

/**
 * The inner half asks for the order by nearness and nothing else: an index that has only this order is not taken for one by
 * more columns (before PostgreSQL 17 never, https://www.postgresql.org/docs/17/release-17.html, "incremental sorts"). `with
 * ties`, so that it is the outer half that chooses among equally good ones. Only ids are sorted, whose rows are fetched last.
 */
function search(dimensions: number, distance: string): string {
  return `select ${columns}, -distance as score
     from (
       select id, ${distance} as distance from memories
       where user_id = $1 and vector_dims(embedding) = ${dimensions}
       order by ${distance} fetch first $3 rows with ties
     ) as nearest join memories using (id)
     order by distance, created_at desc, id desc limit $3`;
}
