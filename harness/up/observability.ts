import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Secret } from '../../deploy/alerts/receivers.ts';
import { InfrastructureError } from '../errors.ts';
import type { Found, Parts } from '../setup/part.ts';
import { jaegerServer } from '../stack/local/jaeger.ts';
import { type Server, startServer } from '../stack/local/server.ts';
import type { Service, StartContext } from '../stack/service.ts';
import type { Undo } from '../undo/undo.ts';
import { alertmanagerServer, requireGoodSecrets } from './alertmanager.ts';
import { type DeployFiles, deployFiles } from './deploy-files.ts';
import { grafanaServer } from './grafana.ts';
import { lokiServer } from './loki.ts';
import { freePorts, type PortName, type Ports } from './ports.ts';
import { prometheusServer, removeTargets, type Scraped, writeTargets } from './prometheus.ts';

export const observabilityServices = ['prometheus', 'alertmanager', 'loki', 'jaeger', 'grafana'] as const;
export type ObservabilityService = (typeof observabilityServices)[number];

export interface ObservabilityOptions {
  /** As `findAllParts` found them. */
  readonly parts: Pick<Parts, ObservabilityService>;
  readonly services: readonly ObservabilityService[];
  /** Any free ones when not said. */
  readonly ports?: Ports;
  /** The page of the service that is watched is at `ports.metrics`, and is scraped from the start. */
  readonly scrapesTarget?: boolean;
  /** What that service is called, which is its label `job`; the memory API when not said. */
  readonly targetName?: string;
  /** Instead of those of this project. */
  readonly files?: Partial<DeployFiles>;
  readonly context: StartContext;
}

/** The parts of the stack that run. Disposing stops them; nothing that they kept is left. */
export interface Observability extends AsyncDisposable {
  readonly ports: Ports;
  readonly services: ReadonlyMap<ObservabilityService, Service>;
  /** `http://127.0.0.1:9090` of a service that runs, or of Jaeger's `otlp`. */
  url(name: ObservabilityService | 'otlp'): string;
  /** Where Prometheus looks for further targets (see `scrape`); undefined when it does not run. */
  readonly runTargets: string | undefined;
}

/**
 * Starts them all at once, from the files in `deploy/`, and waits until they answer.
 *
 * @throws ConfigError when a secret is wrong; InfrastructureError of the first that is missing, or that does not
 * start; nothing runs then.
 */
export async function startObservability(options: ObservabilityOptions): Promise<Observability> {
  const ports = options.ports ?? (await freePorts());
  const files = { ...deployFiles(), ...options.files };
  const tellsPeople = options.services.includes('alertmanager');
  const secrets = tellsPeople ? await requireGoodSecrets(files.secrets, options.context.onNote) : [];
  let folderOfPrometheus: string | undefined;
  const servers = options.services.map((name) => {
    const server = serverOf(name, { ...options, ports, files, secrets });
    if (name !== 'prometheus') return [name, server] as const;
    const prepare: Server['prepare'] = async (folder, signal) => {
      folderOfPrometheus = folder;
      await server.prepare?.(folder, signal);
    };
    return [name, { ...server, prepare }] as const;
  });
  const results = await Promise.allSettled(
    servers.map(async ([name, server]) => [name, await startServer(server, name, options.context)] as const),
  );
  const started = new Map(results.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : [])));
  const stop = async () => {
    await Promise.all([...started.values()].map((service) => service[Symbol.asyncDispose]()));
  };
  const failed = results.find((it) => it.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    ports,
    services: started,
    runTargets: folderOfPrometheus && join(folderOfPrometheus, 'targets', 'runs'),
    url: (name) => `http://127.0.0.1:${ports[name]}`,
    [Symbol.asyncDispose]: stop,
  };
}

/** Ports of 127.0.0.1 that these need. */
export function portsOf(services: readonly ObservabilityService[]): PortName[] {
  return services.flatMap((name): PortName[] => (name === 'jaeger' ? ['jaeger', 'otlp'] : [name]));
}

/**
 * Has a Prometheus scrape a further page of 127.0.0.1 until it is disposed.
 *
 * @param runTargets that of `Observability`
 * @param job the label `job` of what it tells
 */
export async function scrape(
  runTargets: string,
  { job, port, undo }: { readonly job: string; readonly port: number; readonly undo: Undo },
): Promise<AsyncDisposable> {
  const file = join(runTargets, `${randomUUID()}.yml`);
  undo.folder(file);
  await writeTargets(file, port, { job });
  return { [Symbol.asyncDispose]: () => removeTargets(file) };
}

interface Place extends ObservabilityOptions {
  readonly ports: Ports;
  readonly files: DeployFiles;
  readonly secrets: readonly Secret[];
}

function serverOf(name: ObservabilityService, place: Place): Server {
  const found = requirePart(name, place.parts[name]);
  const { ports, files } = place;
  if (name === 'prometheus') return prometheusServer(found, place, jobsOf(place), place.targetName);
  if (name === 'alertmanager') return alertmanagerServer(found, ports, files, place.secrets);
  if (name === 'loki') return lokiServer(found, ports, files);
  if (name === 'grafana') return grafanaServer(found, ports, files);
  const flags = [`--config-file=${files.jaegerConfig}`, `--query.ui-config=${files.jaegerUi}`];
  const fixedPorts = { port: ports.jaeger, otlpHttp: ports.otlp };
  return { ...jaegerServer(found, flags), fixedPorts, readyTimeoutMs: 60_000 };
}

/** What does not run is not scraped. */
function jobsOf({ services, scrapesTarget }: Place): Scraped[] {
  const own = (['prometheus', 'alertmanager', 'loki'] as const).filter((name) => services.includes(name));
  return scrapesTarget ? ['memory-api', ...own] : own;
}

function requirePart(name: ObservabilityService, found: Found | undefined): Found {
  if (found?.good) return found;
  const what = found ? `cannot be used: ${found.problem}` : 'is missing';
  throw new InfrastructureError(`${name} ${what}. \`ordeal setup --observability\` gets what can be got.`);
}
