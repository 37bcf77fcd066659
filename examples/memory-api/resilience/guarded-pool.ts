import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { useClient } from '../storage/use-client.ts';
import { CallGuard, type GuardListener, type GuardOptions } from './call-guard.ts';
import type { Deadline } from './deadline.ts';
import { troubleOf } from './postgres-trouble.ts';

/** What is asked of a pool, guarded or not. */
export interface Queries {
  query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<QueryResult<R>>;
  read<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
}

export interface GuardedPoolParts {
  /** What is guarded. */
  pool: Pick<Pool, 'connect'>;
  /** Of the request that is being answered, if it is one that asks. */
  deadlines: AsyncLocalStorage<Deadline>;
  listener?: GuardListener;
}

/** What is called PostgreSQL in errors and events. */
const postgres = 'postgres';

/**
 * A pool whose every use is one guarded call: within what is left of the request's time, behind the breaker, and made
 * again when that may help and does no harm. That is so for what only reads, and for a write when it is sure that it did
 * not happen: it was never sent, or the server said that it had no effect.
 *
 * A statement that nobody waits for any more is not sent; one that was sent keeps its connection until the server has
 * answered, or its own limit is over. The server works on it all the same, and gets no more than the pool's size.
 */
export class GuardedPool implements Queries {
  readonly #pool: Pick<Pool, 'connect'>;
  readonly #deadlines: AsyncLocalStorage<Deadline>;
  readonly #guard: CallGuard;

  constructor(options: GuardOptions, { pool, deadlines, listener }: GuardedPoolParts) {
    this.#pool = pool;
    this.#deadlines = deadlines;
    this.#guard = new CallGuard(postgres, options, listener);
  }

  /** Of the breaker. */
  get state() {
    return this.#guard.state;
  }

  /** @throws what `pg` throws; CircuitBreakerOpenError; NetworkError with the code DEADLINE_EXCEEDED */
  query<R extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<QueryResult<R>> {
    const repeatable = onlyReads(sql);
    return this.#run(async (signal) => {
      const client = await this.#take(signal);
      return this.#ask<R>(client, sql, values).catch((error) => {
        throw hinted(error, troubleOf(error, repeatable));
      });
    });
  }

  /** Once, however that ends; for finding out how PostgreSQL is. @throws as `query` */
  look<R extends QueryResultRow>(sql: string): Promise<QueryResult<R>> {
    return this.#run(async (signal) => {
      try {
        return await this.#ask<R>(await this.#take(signal), sql, []);
      } catch (error) {
        throw hinted(error, { ...troubleOf(error, false), retryable: false });
      }
    });
  }

  /** Work on one connection that only reads, and may be done again from its start. @throws as `query` */
  read<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#run(async (signal) => {
      const client = await this.#take(signal);
      return useClient(client, work).catch((error) => {
        throw hinted(error, troubleOf(error, true));
      });
    });
  }

  #run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#guard.run(work, this.#deadlines.getStore());
  }

  async #take(signal: AbortSignal): Promise<PoolClient> {
    const client = await this.#pool.connect().catch((error) => {
      throw hinted(error, troubleOf(error, true));
    });
    if (!signal.aborted) return client;
    client.release();
    throw signal.reason;
  }

  #ask<R extends QueryResultRow>(
    client: PoolClient,
    sql: string,
    values: unknown[],
  ): Promise<QueryResult<R>> {
    return useClient(client, () => client.query<R>(sql, values));
  }
}

/** None of the service's selects calls what writes. */
function onlyReads(sql: string): boolean {
  return /^\s*select\b/i.test(sql);
}

/** Says to retry and breaker what a code of PostgreSQL means; what is no object says nothing. */
function hinted(error: unknown, hint: ReturnType<typeof troubleOf>): unknown {
  return typeof error === 'object' && error !== null ? Object.assign(error, hint) : error;
}
