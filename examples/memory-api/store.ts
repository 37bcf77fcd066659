import type { Pool, QueryResultRow } from 'pg';
import { DatabaseError, ValidationError } from './errors.ts';
import { channels, type StoreDone, told } from './events.ts';
import type { Memory, ScoredMemory } from './memory.ts';

export type NewRow = Omit<Memory, 'created_at'> & { embedding: readonly number[] };
export type SeedRow = Memory & { embedding: readonly number[] };

type Row = Omit<Memory, 'created_at'> & { created_at: Date };

const columns = 'id, user_id, kind, content, metadata, created_at';

/** Memories in PostgreSQL: the one place that knows SQL. Every method throws DatabaseError when it cannot. */
export class MemoryStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** @throws ValidationError when PostgreSQL cannot hold the text, which is so for the character U+0000 */
  async insert(row: NewRow): Promise<Memory> {
    const [stored] = await this.#query<Row>(
      'insert',
      `insert into memories (id, user_id, kind, content, metadata, embedding)
       values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
      [row.id, row.user_id, row.kind, row.content, row.metadata, row.embedding],
    );
    return toMemory(stored!);
  }

  async find(id: string): Promise<Memory | undefined> {
    const [row] = await this.#query<Row>('find', `select ${columns} from memories where id = $1`, [id]);
    return row && toMemory(row);
  }

  async countOf(userId: string): Promise<number> {
    const [row] = await this.#query<{ count: number }>(
      'count',
      'select count(*)::int as count from memories where user_id = $1',
      [userId],
    );
    return row!.count;
  }

  /** Newest first. */
  async list(userId: string, limit: number, offset: number): Promise<Memory[]> {
    const rows = await this.#query<Row>(
      'list',
      `select ${columns} from memories where user_id = $1
       order by created_at desc, id desc limit $2 offset $3`,
      [userId, limit, offset],
    );
    return rows.map(toMemory);
  }

  /** Exact: looks at every row of the user. Vectors have length 1, so their dot product is the cosine. */
  async nearest(userId: string, embedding: readonly number[], limit: number): Promise<ScoredMemory[]> {
    const rows = await this.#query<Row & { score: number }>(
      'search',
      `select ${columns}, (
         select sum(a::float8 * b) from unnest(embedding, $2::float8[]) as pair (a, b)
       ) as score
       from memories where user_id = $1
       order by score desc, created_at desc, id desc limit $3`,
      [userId, embedding, limit],
    );
    return rows.map((row) => ({ ...toMemory(row), score: row.score }));
  }

  /** Makes the rows with these ids what is given, in one statement and so in one transaction. */
  async upsertAll(rows: readonly SeedRow[]): Promise<void> {
    await this.#query(
      'upsert',
      `insert into memories (id, user_id, kind, content, metadata, created_at, embedding)
       select id, user_id, kind, content, metadata, created_at, embedding::real[]
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[])
         as given (id, user_id, kind, content, metadata, created_at, embedding)
       on conflict (id) do update set
         (user_id, kind, content, metadata, created_at, embedding) = (excluded.user_id, excluded.kind,
           excluded.content, excluded.metadata, excluded.created_at, excluded.embedding)`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.user_id),
        rows.map((row) => row.kind),
        rows.map((row) => row.content),
        rows.map((row) => JSON.stringify(row.metadata)),
        rows.map((row) => row.created_at),
        // unnest would flatten an array of arrays, so each vector goes as the text of an array.
        rows.map((row) => `{${row.embedding.join(',')}}`),
      ],
    );
  }

  /** How many there are of each kind; reads the whole table. */
  census(): Promise<{ kind: string; memories: number }[]> {
    return this.#query('census', 'select kind, count(*)::int as memories from memories group by kind', []);
  }

  /** Whether memories can be read here and now. */
  async check(): Promise<void> {
    await this.#query('check', 'select 1 from memories limit 1', []);
  }

  #query<R extends QueryResultRow>(
    operation: StoreDone['operation'],
    sql: string,
    values: readonly unknown[],
  ): Promise<R[]> {
    const describe = () => ({ operation });
    return told(channels.store, describe, async () => {
      try {
        const { rows } = await this.#pool.query<R>(sql, [...values]);
        return rows;
      } catch (cause) {
        throw toServiceError(cause);
      }
    });
  }
}

function toServiceError(cause: unknown): ValidationError | DatabaseError {
  return isDataException(cause)
    ? new ValidationError([{ field: 'request', problem: 'holds a value that cannot be stored' }], { cause })
    : new DatabaseError(cause);
}

function toMemory(row: Row): Memory {
  const { id, user_id, kind, content, metadata, created_at } = row;
  return { id, user_id, kind, content, metadata, created_at: created_at.toISOString() };
}

/** Class 22 of https://www.postgresql.org/docs/current/errcodes-appendix.html: the value is at fault. */
function isDataException(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('22');
}
