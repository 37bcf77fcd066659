import pg from 'pg';
import type { Logger } from 'pino';
import type { DatabaseConfig } from './config.ts';
import { channels, errorTypeOf, tell } from './events.ts';

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
  pool.on('error', (err) => {
    log.warn({ err }, 'an idle database connection broke');
    tell(channels.connectionFailed, () => ({ errorType: errorTypeOf(err) }));
  });
  return pool;
}

/**
 * Whether it is the way to PostgreSQL that failed and not the statement: everything that PostgreSQL did not say itself,
 * and what it says of connections (classes 08 and 53300, 57P01 to 57P03 of
 * https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
export function isConnectionError(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(08|53300|57P0[123])/.test(error.code ?? '');
}
