import { DatabaseError } from '../errors.ts';

/** As sysexits.h has them: EX_USAGE and EX_CONFIG. */
export const exitCodes = { failed: 1, badUsage: 64, badConfig: 78 } as const;

/** What was asked for cannot be done; the message says what was expected, what came and what to do next. */
export class AdminError extends Error {
  override name = 'AdminError';
}

/** It was asked for in a way that cannot be right. */
export class UsageError extends AdminError {
  override name = 'UsageError';
}

/** What PostgreSQL and the network say most often, in the words of somebody who has to mend it. */
const advice: Readonly<Record<string, string>> = {
  '42P01': 'the schema is not there or not complete: run node migrate.ts',
  '42501': 'the user of DATABASE_URL may not do this: take the owner of the database',
  '28P01': 'the password of DATABASE_URL is not right',
  '28000': 'the user of DATABASE_URL may not connect: see pg_hba.conf of the server',
  '3D000': 'the database of DATABASE_URL does not exist: make it with createdb',
  '57P01': 'the server ended the connection: see its log, then try again',
  '55P03': 'somebody else holds a lock: try again later',
  ECONNREFUSED: 'nobody listens there: is PostgreSQL running, are host and port of DATABASE_URL right?',
  ENOTFOUND: 'the host of DATABASE_URL is not known',
  ENOSPC: 'the disk is full',
  ENOENT: 'there is no such file or folder',
  EACCES: 'this is not allowed: see the permissions',
};

/** One or two lines for stderr. A DatabaseError is for who calls the API; who looks after the database needs its cause. */
export function explain(error: unknown): string {
  const told = error instanceof DatabaseError ? error.cause : error;
  const { message, code } = Object(told) as { message?: string; code?: string };
  const said = message || code || String(told);
  const next = code && advice[code];
  return next ? `${said}\n${next}` : said;
}
