import pg from 'pg';
import type { Logger } from 'pino';
import type { DatabaseConfig } from './config.ts';

/** How much longer the client waits than the server's own limit, for a server that cannot answer at all. */
const networkGraceMs = 1000;

/** The pool of connections to PostgreSQL. None is opened before the first query. */
export function openPool(config: DatabaseConfig, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.poolSize,
    connectionTimeoutMillis: config.connectTimeoutMs,
    statement_timeout: config.statementTimeoutMs,
    query_timeout: config.statementTimeoutMs + networkGraceMs,
  });
  // A connection that breaks while idle: the pool replaces it, but an unheard 'error' would end the process.
  pool.on('error', (err) => log.warn({ err }, 'an idle database connection broke'));
  return pool;
}
