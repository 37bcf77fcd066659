import { dirname, join } from 'node:path';
import type { Part } from '../part.ts';
import { isExecutable, programPlaces, search } from '../search.ts';
import { askVersion, olderThan } from '../version.ts';

/** The oldest whose provisioning and panels the dashboards were made for. */
const least = '11.0.0';

const mend =
  'install Grafana (https://grafana.com/grafana/download) or set GRAFANA_BIN to its program `grafana`, or use `docker compose up`';

/** Where packages and the official image keep it. */
const systemFolder = '/usr/share/grafana/bin';

/** Never got: it is a program with a folder of pages, and no package registry has them. */
export const grafana: Part = {
  name: 'grafana',
  title: 'Grafana',
  mend,
  find: (host) =>
    search({
      explicit: host.settings.explicit.grafana,
      places: [{ path: join(systemFolder, 'grafana'), where: 'system' }, ...programPlaces(host, ['grafana'])],
      holds: isExecutable,
      ask: (path) => askVersion(host, path, ['--version'], /version v?(\d+\.\d+\.\d+)/),
      objection: (version) => olderThan(version, least),
      mend,
    }),
  ways: () => [],
};

/** The folder with its pages and defaults, above that of the program. */
export function grafanaHome(path: string): string {
  return dirname(dirname(path));
}
