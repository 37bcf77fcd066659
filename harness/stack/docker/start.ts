import { join } from 'node:path';
import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers';
import { InfrastructureError } from '../../errors.ts';
import type { Service, StartContext } from '../service.ts';
import { Answers } from './answers.ts';
import { LogFile } from './log-file.ts';
import { LoopbackContainer } from './loopback-container.ts';
import type { Server } from './server.ts';

export interface Start {
  readonly server: Server;
  readonly name: string;
  readonly image: string;
  /** From the start of the container to its first answer; pulling takes what it takes. */
  readonly readyTimeoutMs: number;
}

/**
 * Starts a server from its image (pulled when the engine does not have it) and waits until it answers. What it
 * prints goes to `<context.folder>/<name>.log`.
 *
 * @throws InfrastructureError with the end of its log when it does not become ready, the signal's reason when that
 * comes first; nothing is left of it then.
 */
export async function startContainer(start: Start, context: StartContext): Promise<Service> {
  const { server, name, image, readyTimeoutMs } = start;
  const client = await getContainerRuntimeClient().catch((cause) => {
    throw new InfrastructureError(
      `Testcontainers finds no Docker engine for ${server.title} "${name}" (${cause.message}). Start one, or use --stack local.`,
      { cause },
    );
  });
  context.undo.containers(addressOf(client));
  const log = new LogFile(join(context.folder, `${name}.log`));
  const ports = new Set([server.port, ...Object.values(server.furtherPorts ?? {})]);
  const container = new LoopbackContainer(image, [...ports], log, client);
  const remove = () => container.remove();
  const answers = new Answers(server, remove, context.signal);
  container
    .withEnvironment(server.env)
    .withLabels({ ...context.undo.labels, 'ordeal.service': name })
    .withWaitStrategy(answers)
    .withStartupTimeout(readyTimeoutMs);
  if (server.command) container.withCommand([...server.command]);
  try {
    await Promise.race([container.start(), container.ended, aborted(context.signal)]);
  } catch (error) {
    await remove();
    context.signal.throwIfAborted();
    throw await didNotStart(error, start, container.wasCreated, log);
  }
  return {
    name,
    kind: server.kind,
    version: `${server.title} ${answers.version}`,
    host: '127.0.0.1',
    ...answers.published,
    ended: container.ended.catch((error: Error) => error.message),
    logTail: () => log.tail(),
    [Symbol.asyncDispose]: remove,
  };
}

/** The engine that Testcontainers found, as the watchdog can reach it. */
function addressOf(client: ContainerRuntimeClient): string {
  // Its type does not know its fields.
  const modem: object = client.container.dockerode.modem;
  const { socketPath, host, port } = modem as { socketPath?: string; host?: string; port?: number };
  return socketPath ? `unix://${socketPath}` : `tcp://${host}:${port}`;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function didNotStart(
  cause: unknown,
  { server, name, image }: Start,
  wasCreated: boolean,
  log: LogFile,
): Promise<InfrastructureError> {
  const what = `${server.title} "${name}"`;
  const problem = (cause instanceof Error ? cause.message : String(cause)).trim();
  if (!wasCreated)
    return new InfrastructureError(
      `${what} has no image: ${image} is not in the engine and could not be pulled (${problem}). Pull it, build a stand-in with deploy/stand-ins/build.sh, or use --stack local.`,
      { cause },
    );
  const lines = ((await log.tail()) || '(empty)').replace(/^/gm, '  | ');
  return new InfrastructureError(
    `${what} from the image ${image} did not start: ${problem}. The end of its log:\n${lines}`,
    { cause },
  );
}
