import { join } from 'node:path';
import type { Found } from '../setup/part.ts';
import { grafanaHome } from '../setup/parts/grafana.ts';
import type { Server } from '../stack/local/server.ts';
import { answersItself } from './answers-itself.ts';
import type { DeployFiles } from './deploy-files.ts';
import type { Ports } from './ports.ts';

export function grafanaServer({ path, version }: Found, ports: Ports, files: DeployFiles): Server {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    kind: 'http',
    title: 'Grafana',
    version,
    fixedPorts: { port: ports.grafana },
    readyTimeoutMs: 120_000,
    command: () => [path, 'server', `--homepath=${grafanaHome(path)}`, `--config=${files.grafanaConfig}`],
    env: ({ folder, port }) => ({
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_SERVER_HTTP_PORT: String(port),
      GF_PATHS_DATA: join(folder, 'data'),
      GF_PATHS_LOGS: join(folder, 'logs'),
      GF_PATHS_PLUGINS: join(folder, 'plugins'),
      GF_PATHS_PROVISIONING: files.grafanaProvisioning,
      ORDEAL_DASHBOARDS: files.dashboards,
      ORDEAL_PROMETHEUS_URL: at(ports.prometheus),
      ORDEAL_LOKI_URL: at(ports.loki),
      ORDEAL_JAEGER_URL: at(ports.jaeger),
      ORDEAL_ALERTMANAGER_URL: at(ports.alertmanager),
    }),
    probe: ({ port }, child) => answersItself(port, '/api/health', child),
    stop: (child) => child.stop('SIGTERM', 10_000),
  };
}
