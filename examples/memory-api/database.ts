import type { Logger } from 'pino';
import { CheckedPool, type CheckedPoolOptions } from './storage/checked-pool.ts';

/** What no setting says. */
const unsaid = { overflowAfterMs: 100, overflowIdleMs: 10_000 };

type Unsaid = keyof typeof unsaid;

export interface DatabaseOptions
  extends Omit<CheckedPoolOptions, Unsaid>,
    Partial<Pick<CheckedPoolOptions, Unsaid>> {
  /** postgres:// */
  url: string;
  /** How long the server may work on a statement. */
  statementTimeoutMs: number;
}

/** How much longer the client waits than the server's own limit, for a server that cannot answer at all. */
const networkGraceMs = 1000;

/**
 * pgvector's graph of all vectors is walked on until enough of them belong to the user, and broadly enough to find 95 of
 * 100 that a look at every one would find. A server without pgvector ignores what it does not know.
 * https://github.com/pgvector/pgvector#iterative-index-scans
 */
const vectorSettings = '-c hnsw.iterative_scan=strict_order -c hnsw.ef_search=200';

/** The pool of connections to PostgreSQL. None is opened before it is filled, or asked for one. */
export function openPool(options: DatabaseOptions, log: Logger): CheckedPool {
  const pool = new CheckedPool(
    { ...unsaid, ...options },
    {
      connectionString: options.url,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + networkGraceMs,
      options: vectorSettings,
    },
  );
  // A connection that breaks while idle: the pool replaces it, but an unheard 'error' would end the process.
  pool.on('error', (err) => log.warn({ err }, 'an idle database connection broke'));
  return pool;
}
