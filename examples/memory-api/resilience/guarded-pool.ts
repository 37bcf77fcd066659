import type { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseError, type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { useClient } from '../storage/use-client.ts';
import { withAftermath } from './aftermath.ts';
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
  /** How long PostgreSQL may go on with a statement whose connection is lost: its own limit and a little; 31 s. */
  unheardMs?: number;
}

/** What is called PostgreSQL in errors and events. */
const postgres = 'postgres';

/** The statement timeout that the service has unless it is told another, and a second. */
const defaultUnheardMs = 31_000;

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
  readonly #unheardMs: number;

  constructor(options: GuardOptions, parts: GuardedPoolParts) {
    const { pool, deadlines, listener, unheardMs = defaultUnheardMs } = parts;
    this.#pool = pool;
    this.#deadlines = deadlines;
    this.#unheardMs = unheardMs;
    this.#guard = new CallGuard(postgres, options, listener);
  }

  /** Of the breaker. */
  get state() {
    return this.#guard.state;
  }

  /**
   * @throws what `pg` throws; CircuitBreakerOpenError; NetworkError with the code DEADLINE_EXCEEDED. Of a write that may
   *   still be made the error says until when, see aftermath.ts
   */
  async query<R extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<QueryResult<R>> {
    const repeatable = onlyReads(sql);
    let end: Promise<void> | undefined;
    try {
      return await this.#run(async (signal) => {
        const client = await this.#take(signal);
        const asked = this.#ask<R>(client, sql, values);
        end = repeatable ? undefined : this.#endOf(asked);
        return asked.catch((error) => {
          throw hinted(error, troubleOf(error, repeatable));
        });
      });
    } catch (error) {
      throw end && !isAnswer(error) ? withAftermath(error, end) : error;
    }
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

  /** When the statement can have no effect any more: PostgreSQL said what became of it, or must have given it up. */
  async #endOf(asked: Promise<unknown>): Promise<void> {
    const isHeard = await asked.then(() => true, isAnswer);
    if (!isHeard) await wait(this.#unheardMs, undefined, { ref: false });
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

/** Whether it is PostgreSQL that says so, and not the connection that broke. */
function isAnswer(error: unknown): boolean {
  return error instanceof DatabaseError;
}

/** Says to retry and breaker what a code of PostgreSQL means; what is no object says nothing. */
function hinted(error: unknown, hint: ReturnType<typeof troubleOf>): unknown {
  return typeof error === 'object' && error !== null ? Object.assign(error, hint) : error;
}
