import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the configuration of the observability stack lies; a test brings some of its own. */
export interface DeployFiles {
  /** `prometheus.yml`; its `targets/` are not taken, for they are those of containers. */
  readonly prometheusConfig: string;
  /** Folder of Prometheus' rules. */
  readonly prometheusRules: string;
  readonly alertmanagerConfig: string;
  /** Folder of what people are sent. */
  readonly alertmanagerTemplates: string;
  /** Folder with a file for each secret. */
  readonly secrets: string;
  readonly lokiConfig: string;
  /** Folder of Loki's rules. */
  readonly lokiRules: string;
  readonly jaegerConfig: string;
  readonly jaegerUi: string;
  readonly grafanaConfig: string;
  readonly grafanaProvisioning: string;
  readonly dashboards: string;
}

/** Those of this project: the same that docker-compose.yml mounts. */
export function deployFiles(): DeployFiles {
  const root = projectRoot();
  const deploy = (path: string) => join(root, 'deploy', path);
  return {
    prometheusConfig: deploy('prometheus/prometheus.yml'),
    prometheusRules: deploy('prometheus/rules'),
    alertmanagerConfig: deploy('alertmanager/alertmanager.yml'),
    alertmanagerTemplates: deploy('alertmanager/templates'),
    secrets: deploy('secrets'),
    lokiConfig: deploy('loki/loki.yml'),
    lokiRules: deploy('loki/rules/ordeal'),
    jaegerConfig: deploy('jaeger/jaeger.yml'),
    jaegerUi: deploy('jaeger/ui.json'),
    grafanaConfig: deploy('grafana/grafana.ini'),
    grafanaProvisioning: deploy('grafana/provisioning'),
    dashboards: join(root, 'grafana', 'dashboards'),
  };
}

/** Two folders above this one in a clone, three in the package, where this file lies below `dist`. */
function projectRoot(): string {
  const above = ['../..', '../../..'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return (
    above.find((folder) => existsSync(join(folder, 'deploy', 'prometheus', 'prometheus.yml'))) ?? above[0]!
  );
}
