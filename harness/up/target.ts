import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addressesOf } from '../run/links.ts';
import type { LoadedScenario } from '../scenario/find.ts';
import { type Provider, type Service, type StartContext, serviceUrl } from '../stack/service.ts';
import { startStack } from '../stack/stack.ts';
import { startTarget } from '../stack/target.ts';
import type { Observability } from './observability.ts';
import type { Ports } from './ports.ts';

/** A service and what it depends on, with nothing between them. Disposing stops all of it. */
export interface WatchedService extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Addresses of its dependencies by their names, with login. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** Resolves to a sentence when a part of it has ended without being asked to. */
  readonly broken: Promise<string>;
}

export interface ServiceOrder {
  readonly loaded: LoadedScenario;
  readonly provider: Provider;
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheFolder: string;
  readonly context: StartContext;
}

/** The name in the service's package.json, else that of its scenario. */
export function serviceName({ scenario, folder }: LoadedScenario): string {
  try {
    const text = readFileSync(join(resolve(folder, scenario.target.cwd), 'package.json'), 'utf8');
    return (JSON.parse(text) as { name?: string }).name ?? scenario.name;
  } catch {
    return scenario.name;
  }
}

/**
 * The target of a scenario with its dependencies, reporting to `stack`.
 *
 * @throws InfrastructureError when a part of it does not start; nothing of it runs then.
 */
export async function startService(order: ServiceOrder, stack: Observability): Promise<WatchedService> {
  const { loaded, provider, ports, env, cacheFolder, context } = order;
  const { scenario, folder } = loaded;
  const name = serviceName(loaded);
  await using parts = new AsyncDisposableStack();
  const dependencies = parts.use(await startStack(provider, scenario.stack, context, { folder, env }));
  const services = [...dependencies.services.values()];
  const urlOf = (it: Service) => serviceUrl(scenario.stack[it.name]!.kind, it.host, it.port);
  const target = parts.use(
    await startTarget({
      spec: { ...scenario.target, env: { ...scenario.target.env, ...telemetryOf(name, ports, stack) } },
      scenarioFolder: folder,
      addresses: Object.fromEntries(services.flatMap((it) => addressesOf(it, urlOf(it)))),
      port: ports.target,
      env,
      compileCache: join(cacheFolder, 'compile'),
      name,
      folder: context.folder,
      undo: context.undo,
      signal: context.signal,
    }),
  );
  const owned = parts.move();
  return {
    name,
    url: target.url,
    dependencies: new Map(services.map((it) => [it.name, urlOf(it)])),
    broken: Promise.race([
      dependencies.broken.then(({ message }) => message),
      target.exited.then(async () => `${name} has ended. The end of its log:\n${await target.logTail()}`),
    ]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Metrics are scraped, traces and lines are sent; what does not run is not told. */
function telemetryOf(name: string, ports: Ports, { services, url }: Observability): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: name,
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(ports.metrics),
    ...(services.has('jaeger') && { OTEL_EXPORTER_OTLP_ENDPOINT: url('otlp') }),
    ...(services.has('loki') && { ORDEAL_LOKI_URL: url('loki') }),
  };
}
