import type { Host, Part } from '../part.ts';
import { isExecutable, programPlaces, search } from '../search.ts';
import { askVersion, olderThan } from '../version.ts';
import { packageWays } from './system-package.ts';

const least = '6.2.0';

const mend =
  'run `npx ordeal setup`, or install Redis (Debian: apt-get install redis-server) or set REDIS_SERVER_BIN';

/** Valkey, the fork that distributions ship in its place, speaks the same. */
export const redis: Part = {
  name: 'redis',
  title: 'Redis',
  mend,
  find: (host) =>
    search({
      explicit: host.settings.explicit.redis,
      places: programPlaces(host, ['redis-server', 'valkey-server']),
      holds: isExecutable,
      ask: (path) => askVersion(host, path, ['--version'], /server v=(\d+\.\d+\.\d+)/),
      objection: (version) => olderThan(version, least),
      mend,
    }),
  ways: (host: Host) => packageWays(host),
};
