import { join } from 'node:path';
import type { Found, Host } from '../../setup/part.ts';
import { postgresTemplate } from '../../setup/postgres-template.ts';
import { runProgram } from '../../setup/program.ts';
import type { Child } from '../child.ts';
import { postgresLogin } from '../service.ts';
import type { Running, Server } from './server.ts';

/**
 * What differs from PostgreSQL's own defaults. Durability stays as it is: a faster disk than the target will
 * have would make a better verdict than it deserves.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  // In its folder, and so gone with it: shared memory of a killed server would stay in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  log_timezone: 'UTC',
} as const;

export function postgresServer(found: Found, host: Host): Server {
  return {
    kind: 'postgres',
    title: 'PostgreSQL',
    version: found.version,
    uid: host.serverUid,
    env: { TZ: 'UTC' },
    prepare: async (folder, signal) => {
      const template = await postgresTemplate(host, found);
      // `cp -a` keeps its owner and its modes, which PostgreSQL insists on.
      const args = ['-a', `${template}/.`, folder];
      await runProgram({ command: 'cp', args, env: host.env, signal });
    },
    command: ({ folder, port }) => [
      join(found.path, 'postgres'),
      ...['-D', folder, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    probe,
    stop,
  };
}

const answerMs = 1_000;

async function probe({ folder, port }: Running): Promise<void> {
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
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    if (rows[0]?.data_directory !== folder) throw new Error(`another PostgreSQL answers at port ${port}`);
  } finally {
    await client.end();
  }
}

/** Fast shutdown, then immediate shutdown (both take its own processes with them), then kill. */
async function stop(child: Child): Promise<unknown> {
  child.send('SIGINT');
  if (await child.endsWithin(3_000)) return;
  return child.stop('SIGQUIT', 2_000);
}
