import type { Logger } from 'pino';
import { CheckedPool, type CheckedPoolOptions } from './storage/checked-pool.ts';

export interface DatabaseOptions extends Partial<Omit<CheckedPoolOptions, 'poolSize'>> {
  /** postgres:// */
  url: string;
  /** Connections that are kept. */
  poolSize: number;
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
    {
      poolSize: options.poolSize,
      overflowSize: options.overflowSize ?? 20,
      overflowAfterMs: options.overflowAfterMs ?? 100,
      acquireTimeoutMs: options.acquireTimeoutMs ?? 30_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 2000,
      recycleAfterS: options.recycleAfterS ?? 3600,
      overflowIdleMs: options.overflowIdleMs ?? 10_000,
    },
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
