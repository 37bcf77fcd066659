import type { ModuleProgram } from './go-module.ts';
import { officialProgram } from './official-program.ts';
import { pageWithout } from './page-without.ts';

/** The first of the configuration that it has today: 2.x reads some of it otherwise. */
const least = '3.0.0';

const module = {
  module: 'github.com/prometheus/prometheus',
  moduleVersion: 'v0.313.5',
  version: '3.13.5',
  versionVariable: 'github.com/prometheus/common/version.Version',
  // Targets are named in files and by address; what finds them in clouds is most of the build.
  tags: ['netgo', 'builtinassets', 'remove_all_sd'],
  files: {
    'web/ui/embed.go':
      '//go:build builtinassets\n\npackage ui\n\nimport "embed"\n\n//go:embed static\nvar EmbedFS embed.FS\n',
    'web/ui/static/mantine-ui/index.html': pageWithout('Prometheus', [
      ['/api/v1/targets', 'targets'],
      ['/api/v1/rules', 'rules'],
      ['/api/v1/alerts', 'alerts'],
      ['/api/v1/label/__name__/values', 'names of metrics'],
      ['/api/v1/query?query=up', 'a query: up'],
    ]),
  },
} satisfies Partial<ModuleProgram>;

export const prometheus = officialProgram({
  name: 'prometheus',
  title: 'Prometheus',
  explicit: ({ explicit }) => explicit.prometheus,
  image: ({ images }) => images.prometheus,
  file: '/bin/prometheus',
  built: { ...module, name: 'prometheus', cost: 'about 3 min, 50 MB' },
  least,
  variable: 'PROMETHEUS_BIN',
});

/** Checks and tests rules and configuration. */
export const promtool = officialProgram({
  name: 'promtool',
  title: 'promtool',
  explicit: ({ explicit }) => explicit.promtool,
  image: ({ images }) => images.prometheus,
  file: '/bin/promtool',
  built: { ...module, name: 'promtool', cost: 'about 20 s after Prometheus, 50 MB' },
  least,
  variable: 'PROMTOOL_BIN',
});
