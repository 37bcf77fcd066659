import { readConfig } from '../config.ts';
import { openPool } from '../database.ts';
import { createLogger } from '../logger.ts';
import { migrate } from '../migrate.ts';
import { MemoryStore } from '../store.ts';
import { startPostgres, type TestServer } from '../test-servers.ts';
import type { CheckedPool } from './checked-pool.ts';
import { startPgvector } from './test-pgvector.ts';

export type Flavour = 'exact' | 'pgvector';

/** A server, a pool and a store, with all migrations done. */
export interface TestDatabase extends AsyncDisposable {
  readonly server: TestServer;
  readonly pool: CheckedPool;
  readonly store: MemoryStore;
}

export async function startDatabase(flavour: Flavour, dimensions: number): Promise<TestDatabase> {
  const server = flavour === 'pgvector' ? await startPgvector() : await startPostgres();
  const pool = poolOf(server);
  await migrate(pool, { dimensions });
  return {
    server,
    pool,
    store: new MemoryStore(pool),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

export function poolOf(
  { url }: TestServer,
  options: Partial<Parameters<typeof openPool>[0]> = {},
): CheckedPool {
  const { database } = readConfig({ DATABASE_URL: url });
  return openPool({ ...database, statementTimeoutMs: 60_000, ...options }, createLogger('silent'));
}
