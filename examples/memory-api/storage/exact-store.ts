import { LRUCache } from 'lru-cache';
import type { ScoredMemory } from '../memory.ts';
import type { SharedWork } from '../resilience/shared-work.ts';
import { type Changes, copyChangesSql, readChanges } from './changes.ts';
import { NextFlight } from './next-flight.ts';
import { columns, type Row, toMemory } from './row.ts';
import type { Statements } from './statements.ts';
import { UserVectors } from './user-vectors.ts';
import type { VectorStore } from './vector-store.ts';

export const idsSql = 'select id from memories where user_id = $1 and embedding is not null';

/** The user too: an id alone would do, and a mistake here would show somebody else's memory. */
export const byIdsSql = `select ${columns} from memories where id = any($1::uuid[]) and user_id = $2`;

/**
 * Looks at every embedding of the user, in this process. They are kept between searches, for so many users as fit, and
 * each search first asks the server what has changed: that answers in about 1 ms, while 10,000 embeddings of 384
 * dimensions are 15 MB. Right also when other processes write, and needs no lock and no message between them.
 */
export class ExactStore implements VectorStore {
  readonly name = 'exact';
  readonly columnType = 'bytea';
  readonly #statements: Statements;
  readonly #kept: LRUCache<string, UserVectors>;
  readonly #refreshes: NextFlight<UserVectors>;

  constructor(statements: Statements, maxBytes: number, shared?: SharedWork) {
    this.#statements = statements;
    this.#refreshes = new NextFlight(shared);
    this.#kept = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ sizeBytes }) => sizeBytes + 1 });
  }

  encode(embedding: readonly number[]): string {
    const bytes = Buffer.alloc(embedding.length * 4);
    for (const [index, value] of embedding.entries()) bytes.writeFloatBE(value, index * 4);
    return `\\x${bytes.toString('hex')}`;
  }

  async nearest(userId: string, embedding: readonly number[], limit: number): Promise<ScoredMemory[]> {
    const key = `${embedding.length} ${userId}`;
    const vectors = await this.#refreshes.run(key, () => this.#refresh(key, userId, embedding.length));
    const hits = vectors.nearest(embedding, limit);
    if (hits.length === 0) return [];
    const rows = await this.#statements.run<Row>(byIdsSql, [hits.map(({ id }) => id), userId]);
    const memories = new Map(rows.map((row) => [row.id, toMemory(row)]));
    // One that was deleted a moment ago is left out.
    return hits.flatMap(({ id, score }) => {
      const memory = memories.get(id);
      return memory ? [{ ...memory, score }] : [];
    });
  }

  async #refresh(key: string, userId: string, dimensions: number): Promise<UserVectors> {
    const vectors = this.#kept.get(key) ?? new UserVectors(dimensions);
    const { tableId, total, horizon, vectors: changed } = await this.#changes(userId, vectors.horizon);
    vectors.tableId ??= tableId;
    if (tableId !== vectors.tableId || BigInt(horizon) < BigInt(vectors.horizon))
      return this.#anew(key, userId, dimensions);
    this.#resize(key, vectors, () => vectors.putAll(changed));
    if (vectors.size < total) return this.#anew(key, userId, dimensions);
    // All that is there is known now, so that what is too many has been deleted, or has lost its embedding.
    if (vectors.size !== total) {
      const ids = await this.#ids(userId);
      this.#resize(key, vectors, () => vectors.keepOnly(ids));
    }
    vectors.horizon = horizon;
    return vectors;
  }

  /**
   * Another server answers, after a failover: its transactions are not those that the horizon is one of, which shows
   * when it has not come so far yet, or has memories that should have been known. Or another table does, after a restore:
   * its rows have the numbers of transactions that they had in the backup, which lie before the horizon.
   */
  #anew(key: string, userId: string, dimensions: number): Promise<UserVectors> {
    this.#kept.delete(key);
    return this.#refresh(key, userId, dimensions);
  }

  /** Out while it is written to: its size changes, and a failure half-way must not leave it behind. */
  #resize(key: string, vectors: UserVectors, write: () => void): void {
    this.#kept.delete(key);
    write();
    this.#kept.set(key, vectors);
  }

  async #changes(userId: string, since: string): Promise<Changes> {
    return readChanges(await this.#statements.copy(copyChangesSql(userId, since)));
  }

  async #ids(userId: string): Promise<ReadonlySet<string>> {
    const rows = await this.#statements.run<{ id: string }>(idsSql, [userId]);
    return new Set(rows.map(({ id }) => id));
  }
}
