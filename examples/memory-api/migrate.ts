import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { createLogger } from './logger.ts';

const folder = join(import.meta.dirname, 'migrations');
/** Any number will do, as long as nobody else locks it. */
const lockKey = 7_463_001;

/** Brings the schema up to date: every migration in order, in one transaction, one process at a time. */
export async function migrate(pool: Pool): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^\d+\.sql$/.test(name)).sort();
  const scripts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [lockKey]);
    for (const script of scripts) await client.query(script);
    await client.query('commit');
    client.release();
  } catch (error) {
    // The connection goes, and its transaction with it.
    client.release(true);
    throw error;
  }
}

if (import.meta.main) {
  const config = readConfig();
  const log = createLogger(config.logLevel);
  const pool = openPool(config.database, log);
  await migrate(pool);
  await pool.end();
  log.info('the schema is up to date');
}
