import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Found } from '../setup/part.ts';
import type { Server } from '../stack/local/server.ts';
import { answersItself } from './answers-itself.ts';
import type { DeployFiles } from './deploy-files.ts';
import type { Ports } from './ports.ts';

/** What Loki calls everybody when nobody has to say who they are. */
export const lokiTenant = 'fake';

export const lokiFlags = ['-config.expand-env=true'] as const;

export function lokiServer({ path, version }: Found, ports: Ports, files: DeployFiles): Server {
  return {
    kind: 'http',
    title: 'Loki',
    version,
    fixedPorts: { port: ports.loki },
    furtherPorts: ['grpc'],
    readyTimeoutMs: 60_000,
    async prepare(folder) {
      await mkdir(join(folder, 'rules'), { recursive: true });
      await symlink(files.lokiRules, join(folder, 'rules', lokiTenant));
    },
    command: () => [path, `-config.file=${files.lokiConfig}`, ...lokiFlags],
    env: ({ folder, port, ports: further }) => ({
      LOKI_ADDRESS: '127.0.0.1',
      LOKI_PORT: String(port),
      LOKI_GRPC_PORT: String(further.grpc),
      LOKI_DATA: join(folder, 'data'),
      LOKI_RULES: join(folder, 'rules'),
      LOKI_ALERTMANAGER: `http://127.0.0.1:${ports.alertmanager}`,
      LOKI_GRAFANA: `http://127.0.0.1:${ports.grafana}`,
    }),
    probe: ({ port }, child) => answersItself(port, '/ready', child),
    // It writes what it has in memory before it ends.
    stop: (child) => child.stop('SIGTERM', 10_000),
  };
}
