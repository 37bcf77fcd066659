import type { Host, Part, Parts, Way } from '../part.ts';
import { isExecutable, programPlaces, search } from '../search.ts';
import { askVersion, olderThan } from '../version.ts';
import { buildWithGo, goBlocked } from './go-install.ts';
import { imageWay } from './image.ts';

/** TypeScript without a flag came with 0.57, `--no-thresholds` long before; 1.0 promised to keep both. */
const least = '1.0.0';

/** The newest that Go's module system can install: the 2.x line keeps the module path of 1.x. */
const moduleWithVersion = 'go.k6.io/k6@v1.8.1';

const mend = 'run `npx ordeal setup`, or install k6 (https://grafana.com/docs/k6) and set K6_BIN';

export const k6: Part = {
  name: 'k6',
  title: 'k6',
  mend,
  find: (host) =>
    search({
      explicit: host.settings.explicit.k6,
      places: programPlaces(host, ['k6']),
      holds: isExecutable,
      ask: (path) => askK6(host, path),
      objection: (version) => olderThan(version, least),
      mend,
    }),
  ways: (host, parts) => [fromImage(host, parts), build(host, parts)],
};

function askK6(host: Host, path: string): Promise<string> {
  return askVersion(host, path, ['version'], /k6 v(\d+\.\d+\.\d+)/);
}

function fromImage(host: Host, parts: Parts): Way {
  return imageWay(host, parts, {
    title: 'k6',
    image: host.settings.k6Image,
    file: '/usr/bin/k6',
    name: 'k6',
    ask: (path) => askK6(host, path),
  });
}

function build(host: Host, parts: Parts): Way {
  return {
    what: `build k6 with Go: go install ${moduleWithVersion} (about 75 s, 70 MB)`,
    blocked: goBlocked(parts),
    take: ({ signal }) =>
      buildWithGo(host, {
        go: parts.go!,
        name: 'k6',
        signal,
        build: async (go) => {
          await go('install', moduleWithVersion);
        },
      }),
  };
}
