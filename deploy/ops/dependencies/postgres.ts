import { readdir } from 'node:fs/promises';
import { delimiter } from 'node:path';
import type { Client } from 'pg';
import { findTool } from '../../../examples/memory-api/admin/tools.ts';
import type { DatabaseConfig } from '../../../examples/memory-api/config.ts';
import { type Checked, check, MissingError } from '../kit/checks.ts';
import { withDatabase } from '../kit/database.ts';

const migrations = new URL('../../../examples/memory-api/migrations/', import.meta.url);

export async function checkPostgres(config: DatabaseConfig): Promise<Checked[]> {
  const server = await check('PostgreSQL', () => withDatabase(versionOf));
  if (server.outcome !== 'ok') return [server];
  return [
    server,
    await check('schema', () => withDatabase(schemaOf)),
    await check('pgvector', () => withDatabase(pgvectorOf)),
    await check('connections', () => withDatabase((client) => roomFor(client, config))),
    await check('pg_dump', () => withDatabase(dumpToolFor)),
  ];
}

async function versionOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return rows[0]!.server_version;
}

/** Migrations are named in the table as their files are. */
async function schemaOf(client: Client): Promise<string> {
  const known = (await readdir(migrations)).flatMap((file) => /^(.+)\.up\.sql$/.exec(file)?.[1] ?? []).sort();
  const done = await client.query<{ name: string }>('select name from migrations').catch((error) => {
    if (error.code === '42P01') return { rows: [] };
    throw error;
  });
  const names = new Set(done.rows.map(({ name }) => name));
  const left = known.filter((name) => ![...names].some((it) => it === name || it === `${name}.up`));
  if (left.length > 0)
    throw new Error(`${left.join(', ')} not done: run node examples/memory-api/migrate.ts`);
  return `all ${known.length} migrations are done`;
}

async function pgvectorOf(client: Client): Promise<string> {
  const { rows } = await client.query(
    "select extversion as version from pg_extension where extname = 'vector'",
  );
  if (rows.length === 0) throw new MissingError('searches look at every memory of the user');
  return rows[0].version;
}

/** One process may open so many; two run while one follows the other. */
async function roomFor(client: Client, { poolSize, overflowSize }: DatabaseConfig): Promise<string> {
  const { rows } = await client.query<{ taken: number; most: number }>(
    `select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as taken,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`,
  );
  const { taken, most } = rows[0]!;
  const needed = poolSize + overflowSize;
  const seen = `${taken} of ${most} taken, one process may need ${needed}`;
  if (most < needed)
    throw new Error(
      `${seen}: make DATABASE_POOL_SIZE and DATABASE_POOL_OVERFLOW smaller, or max_connections larger`,
    );
  return seen;
}

async function dumpToolFor(client: Client): Promise<string> {
  const searchPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  try {
    return (await findTool(client, { searchPath, toolFolder: process.env.PG_BIN || undefined }, 'pg_dump'))
      .path;
  } catch (error) {
    throw new MissingError(`no backups from here: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
}
