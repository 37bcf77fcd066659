import type { QueryResultRow } from 'pg';
import { DatabaseError, ValidationError } from '../errors.ts';
import type { Queries } from '../resilience/guarded-pool.ts';
import { copyOut } from './copy-out.ts';

/** Runs statements on a pool. Throws DatabaseError when the server cannot. */
export class Statements {
  readonly #pool: Queries;

  constructor(pool: Queries) {
    this.#pool = pool;
  }

  /** @throws ValidationError when PostgreSQL cannot hold a value, which is so for the character U+0000 */
  async run<R extends QueryResultRow>(sql: string, values: readonly unknown[]): Promise<R[]> {
    try {
      const { rows } = await this.#pool.query<R>(sql, [...values]);
      return rows;
    } catch (cause) {
      throw toServiceError(cause);
    }
  }

  /** What a COPY to stdout gives. @throws as `run` */
  async copy(sql: string): Promise<Buffer> {
    try {
      return await this.#pool.read((client) => copyOut(client, sql));
    } catch (cause) {
      throw toServiceError(cause);
    }
  }
}

function toServiceError(cause: unknown): ValidationError | DatabaseError {
  return isDataException(cause)
    ? new ValidationError([{ field: 'request', problem: 'holds a value that cannot be stored' }], { cause })
    : new DatabaseError(cause);
}

/** Class 22 of https://www.postgresql.org/docs/current/errcodes-appendix.html: the value is at fault. */
function isDataException(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('22');
}
