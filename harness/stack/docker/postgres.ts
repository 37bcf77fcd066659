import { postgresLogin } from '../service.ts';
import type { Published, Server } from './server.ts';

/** By the contract of the official image; durability stays as PostgreSQL has it. */
export const postgresServer: Server = {
  kind: 'postgres',
  title: 'PostgreSQL',
  port: 5432,
  env: {
    POSTGRES_USER: postgresLogin.user,
    POSTGRES_PASSWORD: postgresLogin.password,
    POSTGRES_DB: postgresLogin.database,
    // The first fsync of an empty database takes a second, and nobody misses it when the machine dies.
    POSTGRES_INITDB_ARGS: '--no-sync',
    TZ: 'UTC',
  },
  probe,
};

const answerMs = 1_000;

/** While the image sets the database up, its server takes no TCP: whoever answers here is the finished one. */
async function probe({ port }: Published): Promise<string> {
  const { Client } = await import('pg');
  const client = new Client({
    ...postgresLogin,
    host: '127.0.0.1',
    port,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    // Debian writes `18.4 (Debian 18.4-1.pgdg12+1)`.
    return rows[0]!.server_version.split(' ')[0]!;
  } finally {
    await client.end();
  }
}
