import { showSetting } from '../ask-postgres.ts';
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

/** While the image sets the database up, its server takes no TCP: whoever answers here is the finished one. */
async function probe({ port }: Published): Promise<string> {
  // Debian writes `18.4 (Debian 18.4-1.pgdg12+1)`.
  return (await showSetting(port, 'server_version')).split(' ')[0]!;
}
