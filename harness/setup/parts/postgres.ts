import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host, Part } from '../part.ts';
import { isExecutable, type Place, search } from '../search.ts';
import { askVersion, olderThan } from '../version.ts';
import { cachedPostgres, packagedPostgres, packageWays } from './postgres-package.ts';

/** The oldest that the PostgreSQL project still cares for. */
const least = '14';

const mend = 'run `npx ordeal setup`, or set POSTGRES_BIN_DIR to a folder with `postgres` and `initdb`';

/** Where Debian keeps its versions, none of which is on PATH. */
const debianFolder = '/usr/lib/postgresql';

/** Its path is the folder with its programs, of which `postgres` and `initdb` are needed. */
export const postgres: Part = {
  name: 'postgres',
  title: 'PostgreSQL',
  mend,
  find: async (host) =>
    search({
      explicit: host.settings.explicit.postgres,
      places: await places(host),
      holds: async (folder) =>
        (await isExecutable(join(folder, 'postgres'))) || (await isExecutable(join(folder, 'initdb'))),
      ask: (folder) => askPostgres(host, folder),
      objection: (version) => olderThan(version, least),
      mend,
    }),
  ways: (host) => packageWays(host, (folder) => askPostgres(host, folder)),
};

async function places(host: Host): Promise<Place[]> {
  const packaged = packagedPostgres();
  return [
    ...host.settings.searchPath.map((path) => ({ path, where: 'PATH' as const })),
    ...(await debianVersions()).map((path) => ({ path, where: 'system' as const })),
    { path: cachedPostgres(host), where: 'cache' },
    ...(packaged ? [{ path: join(packaged.folder, 'bin'), where: 'npm package' as const }] : []),
  ];
}

/** Newest first. */
async function debianVersions(): Promise<string[]> {
  const versions = await readdir(debianFolder).catch(() => []);
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debianFolder, version, 'bin'));
}

/** Asked as the user who will run it, who may not be able to reach a folder that we can. */
async function askPostgres(host: Host, folder: string): Promise<string> {
  const pattern = /\(PostgreSQL\) (\d+(?:\.\d+)*)/;
  const ask = (program: string) =>
    askVersion(host, join(folder, program), ['--version'], pattern, host.serverUid);
  try {
    const [version] = await Promise.all([ask('postgres'), ask('initdb')]);
    return version!;
  } catch (error) {
    if (host.serverUid === undefined || !/EACCES/.test((error as Error).message)) throw error;
    throw new Error(`as root it is run by the user ${host.serverUid}, who cannot reach ${folder}`);
  }
}
