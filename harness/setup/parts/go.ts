import { join } from 'node:path';
import type { Part } from '../part.ts';
import { isExecutable, programPlaces, search } from '../search.ts';
import { askVersion, olderThan } from '../version.ts';

/** Older ones do not fetch the newer toolchain that a module asks for. */
const least = '1.21';

const mend = `install Go ${least} or newer (https://go.dev/dl), or give the programs themselves by K6_BIN and JAEGER_BIN`;

/** Needed only to build k6, Jaeger and the observability stack where there is no image. */
export const go: Part = {
  name: 'go',
  title: 'Go',
  mend,
  find: (host) =>
    search({
      explicit: undefined,
      places: [...programPlaces(host, ['go']), { path: join('/usr/local/go/bin', 'go'), where: 'system' }],
      holds: isExecutable,
      ask: (path) => askVersion(host, path, ['version'], /go version go(\d+(?:\.\d+)+)/),
      objection: (version) => olderThan(version, least),
      mend,
    }),
  ways: () => [],
};
