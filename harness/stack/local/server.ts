import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../../errors.ts';
import { type Child, startChild } from '../child.ts';
import { freePort } from '../free-port.ts';
import { describeExit, waitUntilReady } from '../ready.ts';
import type { Service, StartContext } from '../service.ts';
import { temporaryFolderFor } from './temporary-folder.ts';

/** A server program: what is particular about PostgreSQL, Redis, Prometheus, a program of the author's. */
export interface Server {
  readonly kind: Service['kind'];
  /** For a person: `PostgreSQL`. */
  readonly title: string;
  readonly version: string;
  /** Run as this user; undefined means ourselves. */
  readonly uid?: number | undefined;
  /** What the port that clients connect to is called among `Service.ports`; when not said, it is not there. */
  readonly portName?: string;
  /** Further ports by purpose, beside that one. */
  readonly furtherPorts?: readonly string[];
  /** Where a port is not any free one: by purpose, that of its clients under `port`. */
  readonly fixedPorts?: Readonly<Record<string, number>>;
  /** How long it may take until it answers; 15 s when not said. */
  readonly readyTimeoutMs?: number;
  /** Fills its new, empty folder before the first start. */
  prepare?(folder: string, signal: AbortSignal): Promise<void>;
  command(running: Running): readonly [string, ...string[]];
  env?(running: Running): Readonly<Record<string, string | undefined>>;
  /** Where it runs; its new folder when not said. */
  readonly cwd?: string;
  /** Who is told to stop: everything that it started too, or itself alone (the default). */
  readonly signals?: 'group';
  /** What a person does when it cannot be started at all; `ordeal doctor` when not said. */
  readonly mend?: string;
  /** Resolves once *this* server answers: another one may have taken the port. */
  probe(running: Running, child: Child): Promise<unknown>;
  /** Ends it without harm to its data; kills it when that takes too long. */
  stop(child: Child): Promise<unknown>;
}

export interface Running {
  readonly folder: string;
  readonly port: number;
  readonly ports: Readonly<Record<string, number>>;
}

const readyTimeoutMs = 15_000;
const portAttempts = 3;

/**
 * Starts a server in a folder of its own under the system's temporary folder and waits until it answers. What it
 * prints goes to `<context.folder>/<name>.log`. Disposing the service removes the folder.
 *
 * @throws InfrastructureError with the end of its log when it does not become ready; nothing is left of it then.
 */
export async function startServer(server: Server, name: string, context: StartContext): Promise<Service> {
  const folder = join(await temporaryFolderFor(server.uid), `ordeal-${name}-${randomUUID().slice(0, 8)}`);
  context.undo.folder(folder);
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    await mkdir(folder);
    await server.prepare?.(folder, context.signal);
    const { child, running } = await startOnFreePort(server, name, folder, context);
    return {
      name,
      kind: server.kind,
      version: `${server.title} ${server.version}`,
      host: '127.0.0.1',
      port: running.port,
      ports: running.ports,
      ended: child.exited.then(() => describeExit(child)),
      logTail: () => child.logTail(),
      async [Symbol.asyncDispose]() {
        await server.stop(child);
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function startOnFreePort(
  server: Server,
  name: string,
  folder: string,
  context: StartContext,
): Promise<{ child: Child; running: Running }> {
  for (let attempt = 1; ; attempt++) {
    const running = await choosePorts(server, folder);
    const child = await start(server, name, running, context);
    try {
      await waitUntilReady({
        what: `${server.title} "${name}" at 127.0.0.1:${running.port}`,
        child,
        probe: () => server.probe(running, child),
        timeoutMs: server.readyTimeoutMs ?? readyTimeoutMs,
        signal: context.signal,
      });
      return { child, running };
    } catch (error) {
      await child.stop('SIGKILL');
      const again = attempt < portAttempts && !server.fixedPorts && (await lostItsPort(child));
      if (!again) throw error;
    }
  }
}

async function start(server: Server, name: string, running: Running, context: StartContext): Promise<Child> {
  const [command, ...args] = server.command(running);
  try {
    return await startChild({
      command,
      args,
      env: server.env?.(running) ?? {},
      cwd: server.cwd ?? running.folder,
      logFile: join(context.folder, `${name}.log`),
      undo: context.undo,
      signals: server.signals ?? 'process',
      ...(server.uid !== undefined && { uid: server.uid }),
    });
  } catch (cause) {
    const problem = (cause as Error).message;
    throw new InfrastructureError(
      `${server.title} "${name}" could not be started: ${problem}. ${server.mend ?? 'Run `ordeal doctor`.'}`,
      { cause },
    );
  }
}

async function lostItsPort(child: Child): Promise<boolean> {
  return /address already in use|EADDRINUSE/i.test(await child.logTail());
}

async function choosePorts(server: Server, folder: string): Promise<Running> {
  const { portName, furtherPorts = [], fixedPorts = {} } = server;
  const port = fixedPorts.port ?? (await freePort());
  const further = furtherPorts.map(
    async (purpose) => [purpose, fixedPorts[purpose] ?? (await freePort())] as const,
  );
  const ports = Object.fromEntries(await Promise.all(further));
  return { folder, port, ports: portName ? { ...ports, [portName]: port } : ports };
}
