import pg from 'pg';
import { startPgvector } from '../../examples/memory-api/storage/test-pgvector.ts';
import { startPostgres, type TestServer } from '../../examples/memory-api/test-servers.ts';
import type { StoreName } from './plan.ts';

/** PostgreSQL as it comes: what the tests set to count statements and to spare memory is set back. */
const settings = { shared_buffers: '128MB', log_statement: 'none' };

export function startDatabase(store: StoreName): Promise<TestServer> {
  return store === 'pgvector' ? startPgvector(settings) : startPostgres(settings);
}

/**
 * How many statements the server has run for everybody: each is a transaction of its own, since neither the service nor
 * the bench opens any. What a connection has done is in there when it has ended.
 * https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW
 */
export async function statementsOf(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ statements: number }>(
      `select (xact_commit + xact_rollback)::float8 as statements from pg_stat_database
       where datname = current_database()`,
    );
    return rows[0]!.statements;
  } finally {
    await client.end();
  }
}
