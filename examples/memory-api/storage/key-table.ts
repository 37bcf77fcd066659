import type { QueryResultRow } from 'pg';
import { DatabaseError } from '../errors.ts';

/** A pool or a connection. */
export interface KeyDatabase {
  query<R extends QueryResultRow>(sql: string, values: unknown[]): Promise<{ rows: R[] }>;
}

export interface KeyRow {
  id: string;
  name: string;
  /** Null for the key of a service. */
  user_id: string | null;
  created_at: Date;
  revoked_at: Date | null;
}

/** A key that is not there yet; `hash`: its SHA-256, 32 bytes. */
export type NewKeyRow = Pick<KeyRow, 'id' | 'name' | 'user_id'> & { hash: Buffer };

export const keyStatements = {
  insert: 'insert into api_keys (id, user_id, name, key_hash) values ($1, $2, $3, $4)',
  find: 'select id, name, user_id from api_keys where key_hash = $1 and revoked_at is null',
  revoke: 'update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning key_hash',
  list: 'select id, name, user_id, created_at, revoked_at from api_keys order by created_at, id',
} as const;

/** The table `api_keys`. Every method throws DatabaseError when it cannot. */
export class KeyTable {
  readonly #database: KeyDatabase;

  constructor(database: KeyDatabase) {
    this.#database = database;
  }

  async insert({ id, user_id, name, hash }: NewKeyRow): Promise<void> {
    await this.#query(keyStatements.insert, [id, user_id, name, hash]);
  }

  /** The one with this hash, unless it was revoked. */
  async find(hash: Buffer): Promise<Pick<KeyRow, 'id' | 'name' | 'user_id'> | undefined> {
    const [row] = await this.#query<KeyRow>(keyStatements.find, [hash]);
    return row;
  }

  /** The hash of the key that was revoked; none when there is no such key or it was revoked before. */
  async revoke(id: string): Promise<Buffer | undefined> {
    const [row] = await this.#query<{ key_hash: Buffer }>(keyStatements.revoke, [id]);
    return row?.key_hash;
  }

  /** All, the oldest first. */
  list(): Promise<KeyRow[]> {
    return this.#query<KeyRow>(keyStatements.list, []);
  }

  async #query<R extends QueryResultRow>(sql: string, values: unknown[]): Promise<R[]> {
    try {
      return (await this.#database.query<R>(sql, values)).rows;
    } catch (cause) {
      throw new DatabaseError(cause);
    }
  }
}
