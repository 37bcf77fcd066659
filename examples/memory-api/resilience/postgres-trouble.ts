import type { RetryHint } from './retryable.ts';

/**
 * With these PostgreSQL, or the system, says that a statement had no effect, so that even a write may be made again.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const withoutEffect = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '57P03', // cannot_connect_now
  'ECONNREFUSED',
]);

/** These may pass as well, but the statement may have had its effect: the server had it, and did not answer. */
const transient = new Set([
  '57P01', // admin_shutdown: also told of a transaction that waits for a replica, being committed here
  '57P02', // crash_shutdown
  '57P05', // idle_session_timeout
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Classes of SQLSTATE: connection, resources, operator (also a statement that took too long), system, inside. */
const serverIsNotWell = /^(?:08|53|57|58|XX)/;

/**
 * What an error of `pg` says: whether the same statement may be made again, and whether the server is not well or was
 * only asked for what it refuses. `repeatable`: making it twice does no harm, because it only reads or was never sent.
 */
export function troubleOf(error: unknown, repeatable: boolean): Required<Omit<RetryHint, 'retryAfterMs'>> {
  const { code } = Object(error) as { code?: unknown };
  // A value that pg cannot send.
  if (error instanceof TypeError) return { retryable: false, countsAsFailure: false };
  if (typeof code !== 'string' || !isSqlState(code)) {
    // Of a connection that breaks in the middle, or takes too long to be opened, pg tells without a code.
    const retryable = repeatable || withoutEffect.has(String(code));
    return { retryable, countsAsFailure: true };
  }
  const retryable = withoutEffect.has(code) || (repeatable && (transient.has(code) || code.startsWith('08')));
  return { retryable, countsAsFailure: serverIsNotWell.test(code) };
}

/** Five characters; the names of the system's errors begin with E and are longer. */
function isSqlState(code: string): boolean {
  return /^[\dA-Z]{5}$/.test(code) && code !== 'EPIPE';
}
