import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placeAlertmanager, type Secret } from '../../deploy/alerts/receivers.ts';
import { checkSecrets } from '../../deploy/alerts/secrets.ts';
import { ConfigError } from '../errors.ts';
import type { Found } from '../setup/part.ts';
import type { Server } from '../stack/local/server.ts';
import { answersItself } from './answers-itself.ts';
import type { DeployFiles } from './deploy-files.ts';
import type { Ports } from './ports.ts';

/** As in docker-compose.yml: there is one of it, so nobody to gossip with. */
export const alertmanagerFlags = ['--cluster.listen-address=', '--log.level=warn'] as const;

/** @param has the secrets that are there; whoever lacks theirs is not told of alerts */
export function alertmanagerServer(
  { path, version }: Found,
  ports: Ports,
  { alertmanagerConfig, alertmanagerTemplates: templates, secrets }: DeployFiles,
  has: readonly Secret[],
): Server {
  return {
    kind: 'http',
    title: 'Alertmanager',
    version,
    fixedPorts: { port: ports.alertmanager },
    readyTimeoutMs: 60_000,
    async prepare(folder) {
      const written = await readFile(alertmanagerConfig, 'utf8');
      const placed = placeAlertmanager(written, { templates, secrets, has });
      await writeFile(join(folder, 'alertmanager.yml'), placed);
    },
    command: ({ folder, port }) => [
      path,
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=http://127.0.0.1:${port}`,
      ...alertmanagerFlags,
    ],
    probe: ({ port }, child) => answersItself(port, '/-/ready', child),
    stop: (child) => child.stop(),
  };
}

/**
 * The secrets that are there; of those that are not, `onNote` is told.
 *
 * @throws ConfigError for those that are there and wrong: an alert would be lost when it matters.
 */
export async function requireGoodSecrets(folder: string, onNote: (text: string) => void): Promise<Secret[]> {
  const states = await checkSecrets(folder);
  const wrong = states.filter(({ state }) => state === 'wrong');
  if (wrong.length > 0) throw new ConfigError(wrong.map(({ problem }) => `${problem}.`).join('\n'));
  for (const { state, problem } of states) if (state === 'missing') onNote(problem!);
  return states.filter(({ state }) => state === 'good').map(({ secret }) => secret);
}
