import { join } from 'node:path';
import type { Found, Host } from '../../setup/part.ts';
import { postgresTemplate } from '../../setup/postgres-template.ts';
import { runProgram } from '../../setup/program.ts';
import { showSetting } from '../ask-postgres.ts';
import type { Child } from '../child.ts';
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
    env: () => ({ TZ: 'UTC' }),
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

async function probe({ folder, port }: Running): Promise<void> {
  if ((await showSetting(port, 'data_directory')) !== folder)
    throw new Error(`another PostgreSQL answers at port ${port}`);
}

/** Fast shutdown, then immediate shutdown (both take its own processes with them), then kill. */
async function stop(child: Child): Promise<unknown> {
  child.send('SIGINT');
  if (await child.endsWithin(3_000)) return;
  return child.stop('SIGQUIT', 2_000);
}
