import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { createLogger } from './logger.ts';
import { ensureVectorIndex } from './storage/vector-index.ts';

const folder = join(import.meta.dirname, 'migrations');

export interface MigrateOptions {
  /** `down` takes back the last migration that was done. */
  direction?: 'up' | 'down';
  /** How many migrations; all of them up, one down, when it is not given. */
  count?: number;
  /** With it, a graph of all vectors of so many dimensions is made too, where the server has pgvector. */
  dimensions?: number;
}

/**
 * Brings the schema up to date, or takes a migration back: in one transaction, one process at a time (the others wait).
 * Gives the names of the migrations that were run.
 */
export async function migrate(pool: pg.Pool, options: MigrateOptions = {}): Promise<string[]> {
  const { direction = 'up', count, dimensions } = options;
  // On a connection of its own: to write every row anew takes longer than a request may.
  const { password } = pool.options;
  const client = new pg.Client({ ...pool.options, password, statement_timeout: 0, query_timeout: 0 });
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: folder,
      direction,
      ...(count !== undefined && { count }),
      migrationsTable: 'migrations',
      migrationLoaderStrategies: [{ extensions: ['.sql'], loader: 'sql' }],
      singleTransaction: true,
      advisoryLockMode: 'wait',
      log: () => {},
    });
    if (direction === 'up' && dimensions !== undefined) await ensureVectorIndex(client, dimensions);
    return done.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** EX_USAGE of sysexits.h. */
const exitCodeOfBadUsage = 64;

async function main(direction = 'up'): Promise<void> {
  const config = readConfig();
  const log = createLogger(config.logLevel);
  if (direction !== 'up' && direction !== 'down') {
    log.fatal(`expected: node migrate.ts [up|down], and got "${direction}"`);
    process.exitCode = exitCodeOfBadUsage;
    return;
  }
  const pool = openPool(config.database, log);
  const migrations = await migrate(pool, { direction });
  await pool.end();
  log.info({ direction, migrations }, 'the schema is up to date');
}

if (import.meta.main) await main(process.argv[2]);
