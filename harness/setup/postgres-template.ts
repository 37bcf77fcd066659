import { createHash } from 'node:crypto';
import { access, chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresLogin } from '../stack/service.ts';
import { keep } from './keep.ts';
import type { Found, Host } from './part.ts';
import { runProgram } from './program.ts';

/** Counts up when what is written here changes, so that no template of an older Ordeal is taken. */
const layout = 1;

/**
 * The folder of an empty cluster with the login and the database of `postgresLogin`, made once and kept in the
 * cache: a copy of it is there in 0.1 s, `initdb` takes 1.3 s. Nothing must ever be started in the folder
 * itself. It belongs to the user who runs PostgreSQL.
 *
 * @throws ProgramError when initdb fails.
 */
export async function postgresTemplate(host: Host, postgres: Found, onMake?: () => void): Promise<string> {
  const made = [layout, postgres.path, postgres.version, host.serverUid, ...Object.values(postgresLogin)];
  const key = createHash('sha256').update(made.join('\n')).digest('hex').slice(0, 12);
  const place = join(host.settings.cacheFolder, `postgres-template-${postgres.version}-${key}`);
  if (await exists(place)) return place;
  onMake?.();
  await keep(place, (folder) => make(host, postgres, folder));
  return place;
}

async function make(host: Host, postgres: Found, folder: string): Promise<string> {
  const { user, password, database } = postgresLogin;
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (host.serverUid !== undefined) {
    await chown(folder, host.serverUid, host.serverUid);
    await chown(passwordFile, host.serverUid, host.serverUid);
  }
  await chmod(folder, 0o700);
  const run = (program: string, args: string[], input?: string) =>
    runProgram({
      command: join(postgres.path, program),
      args,
      // As in the official image: UTC, whatever the machine's own zone is.
      env: { PATH: host.env.PATH, TZ: 'UTC' },
      cwd: folder,
      uid: host.serverUid,
      ...(input !== undefined && { input }),
    });
  await run('initdb', [
    ...['--pgdata', data, '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // A copy is made of it before it is used, so what the disk holds does not matter yet.
    ...['--encoding', 'UTF8', '--no-locale', '--no-sync'],
  ]);
  await run(
    'postgres',
    ['--single', '-D', data, '-c', 'fsync=off', 'postgres'],
    `CREATE DATABASE "${database}"\n`,
  );
  return data;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
