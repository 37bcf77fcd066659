import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type { Pool } from 'pg';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { createLogger } from './logger.ts';
import { ensureVectorIndex } from './storage/vector-index.ts';

const folder = join(import.meta.dirname, 'migrations');

export interface MigrateOptions {
  /** `down` takes back the last migration that was done. */
  direction?: 'up' | 'down';
  /** How many migrations; all of them up, one down, when it is not given. */
  count?: number;
  /** Of the embeddings that searches will look for. */
  dimensions?: number;
}

/**
 * Brings the schema up to date, or takes a migration back: in one transaction, one process at a time (the others wait).
 * On the way up the index for vectors of these dimensions is made too, where the server can have one. Gives the names of
 * the migrations that were run.
 */
export async function migrate(pool: Pool, options: MigrateOptions = {}): Promise<string[]> {
  const { direction = 'up', count, dimensions = new HashingEmbedder().dimensions } = options;
  const client = await pool.connect();
  try {
    // A migration may have to write every row anew, which takes longer than a request may.
    await client.query('set statement_timeout = 0');
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
    if (direction === 'up') await ensureVectorIndex(client, dimensions);
    return done.map(({ name }) => name);
  } finally {
    // The connection goes, and with it what was set on it, and the lock if there was trouble.
    client.release(true);
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
