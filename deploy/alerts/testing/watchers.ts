import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findAllParts } from '../../../harness/setup/find-parts.ts';
import { startContext } from '../../../harness/stack/fixtures/start-context.ts';
import { toldUndo } from '../../../harness/undo/fixtures/told-undo.ts';
import {
  type Observability,
  type ObservabilityService,
  startObservability,
} from '../../../harness/up/observability.ts';
import type { Secret } from '../receivers.ts';
import { scaleDurations } from '../scale.ts';

export const deployFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Longer than any test: nobody says a second time that an alert still holds. */
const holdsMs = 600_000;

export interface WatchersOptions {
  services: readonly ObservabilityService[];
  /** How many times shorter all durations are. */
  factor: number;
  /** Receivers whose secret is not given are left out. */
  secrets?: Partial<Readonly<Record<Secret, string>>>;
  /** Where mail is handed in. */
  smarthost?: string;
  /** Where the repository can be read; when left out, nobody has said. */
  repository?: string;
}

export interface Watchers extends Observability {
  /** What one of them has logged until now. */
  log(name: ObservabilityService): Promise<string>;
}

/** The real Prometheus, Alertmanager, Loki from the files of `deploy/`, whose durations alone are other ones. */
export async function startWatchers(options: WatchersOptions): Promise<Watchers> {
  const { services, factor, secrets = {} } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'ordeal-watchers-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const write = async (path: string, change = (text: string) => text) => {
    const text = await readFile(join(deployFolder, path), 'utf8');
    await writeFile(join(folder, path), change(scaleDurations(text, factor)));
  };
  for (const place of ['prometheus/rules', 'alertmanager/templates', 'loki/rules/ordeal', 'secrets'])
    await mkdir(join(folder, place), { recursive: true });
  for (const rules of ['prometheus/rules', 'loki/rules/ordeal'])
    for (const name of await readdir(join(deployFolder, rules))) await write(join(rules, name));
  await write('prometheus/prometheus.yml');
  await write('loki/loki.yml');
  for (const [name, text] of Object.entries(secrets))
    await writeFile(join(folder, 'secrets', name), text, { mode: 0o600 });
  await write('alertmanager/alertmanager.yml', (text) => withMail(text, options.smarthost));
  await write('alertmanager/templates/ordeal.tmpl', (text) => withRepository(text, options.repository));

  const running = stack.use(
    await startObservability({
      parts: await findAllParts(process.env),
      services,
      scrapesTarget: services.includes('prometheus'),
      files: {
        prometheusConfig: join(folder, 'prometheus/prometheus.yml'),
        prometheusRules: join(folder, 'prometheus/rules'),
        alertmanagerConfig: join(folder, 'alertmanager/alertmanager.yml'),
        alertmanagerTemplates: join(folder, 'alertmanager/templates'),
        secrets: join(folder, 'secrets'),
        lokiConfig: join(folder, 'loki/loki.yml'),
        lokiRules: join(folder, 'loki/rules/ordeal'),
      },
      context: startContext(folder, toldUndo()),
    }),
  );
  const owned = stack.move();
  return {
    ...running,
    log: (name) => readFile(join(folder, `${name}.log`), 'utf8'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The mail server of a test has no certificate. */
function withMail(config: string, smarthost: string | undefined): string {
  if (smarthost === undefined) return config;
  return config.replace(
    /^( *)smtp_smarthost: .*$/m,
    `$1smtp_smarthost: ${smarthost}\n$1smtp_require_tls: false`,
  );
}

/** As whoever deploys it writes it there. */
function withRepository(template: string, repository = ''): string {
  return template.replace(
    /^\{\{ define "ordeal\.repository" \}\}\{\{ end \}\}$/m,
    `{{ define "ordeal.repository" }}${repository}{{ end }}`,
  );
}

/**
 * Hands alerts to Alertmanager as Prometheus does, which says each time until when they hold. Left out, that would be
 * `resolve_timeout`, which is as short as `group_interval`: what misses the first message of its group would be over before
 * the second, and nobody ever told.
 */
export async function post(alertmanager: string, alerts: readonly object[]): Promise<void> {
  const endsAt = new Date(Date.now() + holdsMs).toISOString();
  const answer = await fetch(`${alertmanager}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((alert) => ({ endsAt, ...alert }))),
  });
  if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`);
}

/** The value that an instant query of Prometheus has first; undefined when it has none. */
export async function ask(prometheus: string, query: string): Promise<number | undefined> {
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await answer.json()) as { data?: { result: { value: [number, string] }[] } };
  const value = data?.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}
