import { officialProgram } from './official-program.ts';

/** The schema v13 and structured metadata, which `deploy/loki/loki.yml` names, came with 3.0. */
const least = '3.0.0';

export const loki = officialProgram({
  name: 'loki',
  title: 'Loki',
  explicit: ({ explicit }) => explicit.loki,
  image: ({ images }) => images.loki,
  file: '/usr/bin/loki',
  built: {
    module: 'github.com/grafana/loki/v3',
    moduleVersion: 'v3.7.8',
    version: '3.7.8',
    versionVariable: 'github.com/grafana/loki/v3/pkg/util/build.Version',
    name: 'loki',
    cost: 'about 5 min, 160 MB',
  },
  least,
  variable: 'LOKI_BIN',
});
