import pg from 'pg';
import type { Queries } from '../../examples/memory-api/resilience/guarded-pool.ts';
import { startPgvector } from '../../examples/memory-api/storage/test-pgvector.ts';
import { embeddingTypeOf } from '../../examples/memory-api/storage/vector-index.ts';
import { startPostgres, type TestServer } from '../../examples/memory-api/test-servers.ts';
import type { StoreName } from './plan.ts';

/** PostgreSQL as it comes: what the tests set to count statements, to spare memory and to wait for no disk is set back. */
const settings = { fsync: 'on', shared_buffers: '128MB', log_statement: 'none' };

export function startDatabase(store: StoreName): Promise<TestServer> {
  return store === 'pgvector' ? startPgvector(settings) : startPostgres(settings);
}

const columns = { exact: 'bytea', pgvector: 'vector' } as const;

/**
 * For after the migrations: they take vectors where the server knows them, also where it was found as the one without.
 *
 * @throws Error when embeddings do not stand as this store has them
 */
export async function requireStore(database: Pick<Queries, 'query'>, store: StoreName): Promise<void> {
  const type = await embeddingTypeOf(database);
  if (type === columns[store]) return;
  throw new Error(
    `${store}: expected a PostgreSQL on which embeddings are ${columns[store]}, got ${type}: ${mend[store]}`,
  );
}

const mend: Readonly<Record<StoreName, string>> = {
  exact:
    'the one that was found has pgvector; name one without it in POSTGRES_BIN_DIR, or run --store pgvector',
  pgvector: 'empty the cache folder, so that it is got again, or run --store exact',
};

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
