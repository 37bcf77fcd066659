import type { Client } from 'pg';
import { connected } from '../../../examples/memory-api/admin/database.ts';
import { readConfig } from '../../../examples/memory-api/config.ts';

/** Runs `work` on a connection to the database of DATABASE_URL, or to another on the same server. @throws ConfigError */
export function withDatabase<R>(work: (client: Client) => Promise<R>, name?: string): Promise<R> {
  const { connectTimeoutMs } = readConfig().database;
  return connected({ url: urlOf(name), connectTimeoutMs }, work);
}

/** DATABASE_URL, with the name of another database on its server. @throws ConfigError */
export function urlOf(name?: string): string {
  const { url } = readConfig().database;
  if (name === undefined) return url;
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
