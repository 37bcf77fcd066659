import type { ModuleProgram } from './go-module.ts';
import { officialProgram } from './official-program.ts';
import { pageWithout } from './page-without.ts';

/** The address of a webhook can come from a file since 0.26. */
const least = '0.26.0';

const page = pageWithout('Alertmanager', [
  ['/api/v2/alerts', 'alerts'],
  ['/api/v2/alerts/groups', 'alerts by group'],
  ['/api/v2/silences', 'silences'],
  ['/api/v2/status', 'status and configuration'],
]);

const module = {
  module: 'github.com/prometheus/alertmanager',
  moduleVersion: 'v0.34.2',
  version: '0.34.2',
  versionVariable: 'github.com/prometheus/common/version.Version',
  files: {
    'ui/app/dist/index.html.gz': page,
    'ui/app/dist/index.html.br': page,
  },
} satisfies Partial<ModuleProgram>;

export const alertmanager = officialProgram({
  name: 'alertmanager',
  title: 'Alertmanager',
  explicit: ({ explicit }) => explicit.alertmanager,
  image: ({ images }) => images.alertmanager,
  file: '/bin/alertmanager',
  built: { ...module, name: 'alertmanager', cost: 'about 2 min, 35 MB' },
  least,
  variable: 'ALERTMANAGER_BIN',
});

/** Checks configuration and tests routes. */
export const amtool = officialProgram({
  name: 'amtool',
  title: 'amtool',
  explicit: ({ explicit }) => explicit.amtool,
  image: ({ images }) => images.alertmanager,
  file: '/bin/amtool',
  built: { ...module, name: 'amtool', cost: 'about 10 s after Alertmanager, 20 MB' },
  least,
  variable: 'AMTOOL_BIN',
});
