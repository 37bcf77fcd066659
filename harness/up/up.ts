import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { ConfigError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Teller } from '../run/order.ts';
import type { LoadedScenario } from '../scenario/find.ts';
import type { Parts } from '../setup/part.ts';
import type { Provider } from '../stack/service.ts';
import { playAbandoned } from '../undo/abandoned.ts';
import { startUndo } from '../undo/start.ts';
import type { DeployFiles } from './deploy-files.ts';
import {
  type Observability,
  type ObservabilityService,
  portsOf,
  startObservability,
} from './observability.ts';
import { type PortName, type Ports, requireFree } from './ports.ts';
import { describeStack, stackFolder } from './running-stack.ts';
import { serviceName, startService, type WatchedService } from './target.ts';

/** What is to be started, all decided: nothing below reads the command line. */
export interface UpOrder {
  readonly parts: Parts;
  readonly services: readonly ObservabilityService[];
  /** The service that is watched, and who starts what it depends on; undefined: the stack alone. */
  readonly target: { readonly loaded: LoadedScenario; readonly provider: Provider } | undefined;
  readonly ports: Ports;
  /** Instead of those of this project. */
  readonly files: Partial<DeployFiles>;
  /** Where logs are kept; undefined: with everything else, and gone with it. */
  readonly logsFolder: string | undefined;
  readonly cacheFolder: string;
}

/** What is up, while it is. */
export interface Up {
  readonly stack: Observability;
  readonly service: WatchedService | undefined;
}

/**
 * From nothing to a stack that is looked at, and back to nothing.
 *
 *  1. What was left by those that were killed is undone, which may hold ports; every port that it needs is free.
 *  2. A watchdog, which undoes everything when this process dies.
 *  3. The stack from the files in `deploy/`, all at once; then the service with its dependencies, reporting to it.
 *  4. `whenUp` shows where everything is, and waits.
 *  5. All of it stops, the service first, so that what it says last arrives.
 *
 * @throws InfrastructureError for a port that is taken or a part that does not start, ConfigError for a folder or a
 * secret that is wrong; nothing runs then.
 */
export async function up(
  order: UpOrder,
  host: Host,
  tell: Teller,
  signal: AbortSignal,
  whenUp: (it: Up) => Promise<void>,
): Promise<void> {
  const { parts, services, target, ports, cacheFolder } = order;
  for (const problem of (await playAbandoned()).problems) tell.step(problem);
  await requireFree(ports, [...portsOf(services), ...(target ? (['target', 'metrics'] as PortName[]) : [])]);
  const id = randomUUID();
  await using undo = await startUndo({ runId: id, onNote: tell.step });
  const folder = stackFolder(id);
  undo.folder(folder);
  makeFolder(folder);
  if (order.logsFolder !== undefined) makeFolder(order.logsFolder);
  const context = { undo, signal, folder: order.logsFolder ?? folder, onNote: tell.step };
  await using stack = await startObservability({
    ...{ parts, services, ports, context, files: order.files },
    ...(target && { scrapesTarget: true, targetName: serviceName(target.loaded) }),
  });
  for (const [name, { version }] of stack.services) tell.step(`started ${name}: ${version}`);
  await using service =
    target && (await startService({ ...target, ports, env: host.env, cacheFolder, context }, stack));
  if (service) tell.step(`started ${service.name}`);
  describeStack(folder, stack);
  await whenUp({ stack, service });
  tell.step('stopping');
}

/** @throws ConfigError when it is not there and cannot be made, or cannot be written. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new ConfigError(
      `Logs cannot be written to ${folder}: ${(cause as Error).message}. Give another folder with --logs <folder>.`,
      { cause },
    );
  }
}
