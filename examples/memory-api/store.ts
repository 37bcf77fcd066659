import type { QueryResultRow } from 'pg';
import { ConflictError } from './errors.ts';
import { channels, type StoreDone, told } from './events.ts';
import type { Memory, ScoredMemory } from './memory.ts';
import type { Queries } from './resilience/guarded-pool.ts';
import { SingleFlight } from './single-flight.ts';
import { readAnySql } from './storage/looks.ts';
import { columns, type Row, toMemory } from './storage/row.ts';
import { Statements } from './storage/statements.ts';
import { chooseVectorStore, type VectorStore, type VectorStoreOptions } from './storage/vector-store.ts';

type Embedding = readonly number[];

/** Without an embedding it is pending: kept, listed, found by its words, and by its meaning later. */
export type NewRow = Omit<Memory, 'created_at'> & { embedding: Embedding | null };
export type SeedRow = Memory & { embedding: Embedding | null };

/** What is not given stays. Content that comes without an embedding makes the memory pending. */
export type Changes = Partial<Pick<Memory, 'kind' | 'metadata'>> &
  ({ content?: undefined; embedding?: undefined } | { content: string; embedding: Embedding | null });

/** A memory that waits for its embedding. */
export type PendingRow = Pick<Memory, 'id' | 'user_id' | 'content'>;

/** The statements that requests wait for. */
export const statements = {
  // Writing the id onto itself changes nothing, and gives the row that is there.
  insert: `insert into memories (id, user_id, kind, content, metadata, embedding)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (id) do update set id = excluded.id
           where (memories.user_id, memories.kind, memories.content, memories.metadata)
             = (excluded.user_id, excluded.kind, excluded.content, excluded.metadata)
           returning ${columns}`,
  find: `select ${columns} from memories where id = $1`,
  count: 'select count(*)::int as count from memories where user_id = $1',
  countOfKind: 'select count(*)::int as count from memories where user_id = $1 and kind = $2',
  list: `select ${columns} from memories where user_id = $1
         order by created_at desc, id desc limit $2 offset $3`,
  listOfKind: `select ${columns} from memories where user_id = $1 and kind = $4
         order by created_at desc, id desc limit $2 offset $3`,
  // Any of the words will do, as a search by meaning finds what shares only some. 32: a rank between 0 and 1.
  searchText: `select ${columns}, ts_rank(words, wanted, 32) as score
         from memories,
              cast(replace(plainto_tsquery('simple', $2)::text, ' & ', ' | ') as tsquery) as wanted
         where user_id = $1 and words @@ wanted
         order by score desc, created_at desc, id desc limit $3`,
  delete: 'delete from memories where id = $1 and user_id = $2 returning id',
  pending:
    'select id, user_id, content from memories where embedding is null order by created_at, id limit $1',
  // Not when the content has been changed, or somebody else was faster.
  embed: `update memories set embedding = $3, embedded_by = pg_current_xact_id()
         where id = $1 and content = $2 and embedding is null returning id`,
  update: `update memories set
           kind = coalesce($3, kind), content = coalesce($4, content), metadata = coalesce($5, metadata),
           embedding = case when $4 is null then embedding else $6 end,
           embedded_by = case when $4 is null then embedded_by else pg_current_xact_id() end,
           updated_at = now()
         where id = $1 and user_id = $2 returning ${columns}`,
} as const;

/** Memories in PostgreSQL. Every method throws DatabaseError when it cannot. */
export class MemoryStore {
  readonly #pool: Queries;
  readonly #options: VectorStoreOptions;
  readonly #statements: Statements;
  readonly #choice: SingleFlight<VectorStore>;
  #vectors: VectorStore | undefined;

  constructor(pool: Queries, options: VectorStoreOptions = {}) {
    this.#pool = pool;
    this.#options = options;
    this.#statements = new Statements(pool);
    this.#choice = new SingleFlight(options.shared);
  }

  /** What finds by meaning on this server: asked once, and again when the answer did not come. */
  async vectors(): Promise<VectorStore> {
    return this.#vectors ?? this.#choice.run('', () => this.#chooseVectors());
  }

  /** Kept here and not by who waits: all of them may have gone by then. */
  async #chooseVectors(): Promise<VectorStore> {
    this.#vectors = await chooseVectorStore(this.#pool, this.#options);
    return this.#vectors;
  }

  /**
   * The memory, also when it was there already.
   *
   * @throws ConflictError when another memory has its id; ValidationError when PostgreSQL cannot hold the text, which
   *   is so for the character U+0000
   */
  async insert(row: NewRow): Promise<Memory> {
    const { id, user_id, kind, content, metadata, embedding } = row;
    const values = [id, user_id, kind, content, metadata, await this.#encode(embedding)];
    const [stored] = await this.#query<Row>('insert', statements.insert, values);
    if (!stored) throw new ConflictError(`the id ${id} is that of another memory`);
    return toMemory(stored);
  }

  async find(id: string): Promise<Memory | undefined> {
    const [row] = await this.#query<Row>('find', statements.find, [id]);
    return row && toMemory(row);
  }

  /**
   * The memory as it is now; nothing when this user has no such memory.
   *
   * @throws ValidationError as `insert`
   */
  async update(userId: string, id: string, changes: Changes): Promise<Memory | undefined> {
    const { kind, content, metadata, embedding = null } = changes;
    const values = [id, userId, kind, content, metadata, await this.#encode(embedding)];
    const [row] = await this.#query<Row>('update', statements.update, values);
    return row && toMemory(row);
  }

  /** Whether there was such a memory of this user. */
  async delete(userId: string, id: string): Promise<boolean> {
    return (await this.#query('delete', statements.delete, [id, userId])).length > 0;
  }

  async countOf(userId: string, kind?: Memory['kind']): Promise<number> {
    const [row] = kind
      ? await this.#query<{ count: number }>('count', statements.countOfKind, [userId, kind])
      : await this.#query<{ count: number }>('count', statements.count, [userId]);
    return row!.count;
  }

  /** Newest first. */
  async list(userId: string, limit: number, offset: number, kind?: Memory['kind']): Promise<Memory[]> {
    const rows = kind
      ? await this.#query<Row>('list', statements.listOfKind, [userId, limit, offset, kind])
      : await this.#query<Row>('list', statements.list, [userId, limit, offset]);
    return rows.map(toMemory);
  }

  /** The user's memories that are nearest in meaning, best first; those that are pending are not among them. */
  async nearest(userId: string, embedding: Embedding, limit: number): Promise<ScoredMemory[]> {
    const vectors = await this.vectors();
    return this.#told('search', () => vectors.nearest(userId, embedding, limit));
  }

  /**
   * The user's memories with any of the words of the query, best first, for when nobody can tell what it means; those
   * that are pending are among them. The score is a rank between 0 and 1, and no cosine.
   */
  async searchText(userId: string, query: string, limit: number): Promise<ScoredMemory[]> {
    const rows = await this.#query<Row & { score: number }>('search-text', statements.searchText, [
      userId,
      query,
      limit,
    ]);
    return rows.map((row) => ({ ...toMemory(row), score: row.score }));
  }

  /** Memories that wait for an embedding, the oldest first. */
  pending(limit: number): Promise<PendingRow[]> {
    return this.#query<PendingRow>('pending', statements.pending, [limit]);
  }

  /** Gives a pending memory its embedding. False when it has one already, has other content by now, or is gone. */
  async embed({ id, content }: Pick<PendingRow, 'id' | 'content'>, embedding: Embedding): Promise<boolean> {
    const values = [id, content, await this.#encode(embedding)];
    return (await this.#query('embed', statements.embed, values)).length > 0;
  }

  /** Makes the rows with these ids what is given, in one statement and so in one transaction. */
  async upsertAll(rows: readonly SeedRow[]): Promise<void> {
    const { columnType } = await this.vectors();
    await this.#query(
      'upsert',
      `insert into memories (id, user_id, kind, content, metadata, created_at, embedding)
       select id, user_id, kind, content, metadata, created_at, embedding::${columnType}
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[])
         as given (id, user_id, kind, content, metadata, created_at, embedding)
       on conflict (id) do update set
         (user_id, kind, content, metadata, created_at, embedding, updated_at, embedded_by) = (excluded.user_id,
           excluded.kind, excluded.content, excluded.metadata, excluded.created_at, excluded.embedding, now(),
           pg_current_xact_id())`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.user_id),
        rows.map((row) => row.kind),
        rows.map((row) => row.content),
        rows.map((row) => JSON.stringify(row.metadata)),
        rows.map((row) => row.created_at),
        await Promise.all(rows.map((row) => this.#encode(row.embedding))),
      ],
    );
  }

  /** How many there are of each kind, and how many of those have an embedding; reads the whole table. */
  census(): Promise<{ kind: string; memories: number; embedded: number }[]> {
    return this.#query(
      'census',
      `select kind, count(*)::int as memories, count(embedding)::int as embedded
       from memories group by kind`,
      [],
    );
  }

  /** Whether there is not one memory, of nobody. */
  async isEmpty(): Promise<boolean> {
    const [row] = await this.#query<{ found: boolean }>(
      'count',
      'select exists (select from memories) as found',
      [],
    );
    return !row!.found;
  }

  /** Whether memories can be read here and now. */
  async check(): Promise<void> {
    await this.#query('check', readAnySql, []);
  }

  async #encode(embedding: Embedding | null): Promise<string | null> {
    return embedding && (await this.vectors()).encode(embedding);
  }

  #query<R extends QueryResultRow>(
    operation: StoreDone['operation'],
    sql: string,
    values: readonly unknown[],
  ): Promise<R[]> {
    return this.#told(operation, () => this.#statements.run<R>(sql, values));
  }

  #told<R>(operation: StoreDone['operation'], work: () => Promise<R>): Promise<R> {
    return told(channels.store, () => ({ operation }), work);
  }
}
