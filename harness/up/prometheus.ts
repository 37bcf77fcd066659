import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Found } from '../setup/part.ts';
import type { Server } from '../stack/local/server.ts';
import { answersItself } from './answers-itself.ts';
import type { DeployFiles } from './deploy-files.ts';
import type { Ports } from './ports.ts';

/** As in docker-compose.yml: exemplars are kept, who cannot be scraped may push, and what is kept has a bound in time and size. */
export const prometheusFlags = [
  '--enable-feature=exemplar-storage',
  '--web.enable-otlp-receiver',
  '--storage.tsdb.retention.time=15d',
  '--storage.tsdb.retention.size=2GB',
  '--log.level=warn',
] as const;

/** Which job is scraped at whose port. */
const scraped = {
  'memory-api': 'metrics',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
  loki: 'loki',
} as const;

export type Scraped = keyof typeof scraped;

/**
 * @param jobs what runs, and so is scraped: a job that does not run would be told to be down
 * @param targetName another label for the job of the service that is watched
 */
export function prometheusServer(
  { path, version }: Found,
  { ports, files }: { readonly ports: Ports; readonly files: DeployFiles },
  jobs: readonly Scraped[],
  targetName: string | undefined,
): Server {
  return {
    kind: 'http',
    title: 'Prometheus',
    version,
    fixedPorts: { port: ports.prometheus },
    readyTimeoutMs: 60_000,
    async prepare(folder) {
      await mkdir(join(folder, 'targets', 'runs'), { recursive: true });
      await symlink(files.prometheusConfig, join(folder, 'prometheus.yml'));
      await symlink(files.prometheusRules, join(folder, 'rules'));
      for (const job of jobs) {
        const labels = job === 'memory-api' && targetName !== undefined ? { job: targetName } : {};
        await writeTargets(join(folder, 'targets', `${job}.yml`), ports[scraped[job]], labels);
      }
    },
    command: ({ folder, port }) => [
      path,
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=http://127.0.0.1:${port}`,
      ...prometheusFlags,
    ],
    probe: ({ port }, child) => answersItself(port, '/-/ready', child),
    stop: (child) => child.stop('SIGTERM', 10_000),
  };
}

/** A list with one target, as a whole or not at all. JSON is YAML. */
export async function writeTargets(
  file: string,
  port: number,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const list = [{ targets: [`127.0.0.1:${port}`], labels }];
  const unfinished = `${file}.new`;
  await writeFile(unfinished, `${JSON.stringify(list)}\n`);
  await rename(unfinished, file);
}

export async function removeTargets(file: string): Promise<void> {
  await rm(file, { force: true });
}
