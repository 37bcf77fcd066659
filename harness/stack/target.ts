import { resolve } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import type { TargetSpec } from '../scenario/scenario.ts';
import type { Undo } from '../undo/undo.ts';
import { type Child, type Exit, startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { inheritedEnv } from './inherited-env.ts';
import { describeExit, waitUntilReady } from './ready.ts';

export interface TargetOptions {
  spec: TargetSpec;
  /** The scenario's folder; `spec.cwd` is relative to it. */
  scenarioFolder: string;
  /** What stands for `{redis.url}` and the like in the target's environment, by the text between the braces. */
  addresses: Readonly<Record<string, string>>;
  /** Where it reports to; nothing when undefined. */
  telemetryUrl?: string;
  /** Where it listens; any free port when not said. */
  port?: number;
  /** Where its preload lets faults in and by which token; empty when no fault acts within it. */
  controlEnv?: Readonly<Record<string, string>>;
  /** The harness's own environment, of which the target sees all but what would change its telemetry. */
  env: Readonly<Record<string, string | undefined>>;
  /** Where Node keeps what it compiled: a target that was started before starts sooner. */
  compileCache: string;
  name: string;
  folder: string;
  undo: Undo;
  signal: AbortSignal;
}

/** The service under test. */
export interface Target extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  logTail(): Promise<string>;
  /** SIGTERM, then SIGKILL after 10 s. */
  stop(): Promise<Exit>;
}

/** From source when this file is source, else the package beside us: Node strips no types under node_modules. */
export function preloadUrl(): string {
  const fromSource = import.meta.url.endsWith('.ts');
  return fromSource
    ? new URL('../../instrumentation/preload.ts', import.meta.url).href
    : import.meta.resolve('@ordeal/preload');
}

/**
 * Runs `spec.prepare` to its end, then starts the target and waits until it is ready.
 * @throws InfrastructureError with the last lines of its log.
 */
export async function startTarget(options: TargetOptions): Promise<Target> {
  if (options.spec.prepare) await prepare(options, options.spec.prepare);
  const port = options.port ?? (await freePort());
  const child = await start(options, port, options.spec.command, 'target.log', options.spec.preload);
  const url = `http://127.0.0.1:${port}`;
  const target: Target = {
    url,
    pid: child.pid,
    exited: child.exited,
    logTail: () => child.logTail(),
    stop: () => child.stop('SIGTERM', 10_000),
    [Symbol.asyncDispose]: async () => void (await child.stop('SIGTERM', 10_000)),
  };
  try {
    const { path, timeoutMs } = options.spec.ready;
    const what = `The target (${options.spec.command.join(' ')})`;
    await waitUntilReady({
      what,
      child,
      timeoutMs,
      signal: options.signal,
      probe: (it) => answers(url + path, it),
    });
    return target;
  } catch (error) {
    await child.stop('SIGTERM', 2000);
    throw error;
  }
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(1000)]) });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}, expected 2xx`);
}

async function prepare(options: TargetOptions, command: readonly string[]): Promise<void> {
  const child = await start(options, 0, command, 'prepare.log', false);
  const stop = () => void child.stop('SIGTERM', 1000);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  const { code } = await child.exited;
  options.signal.removeEventListener('abort', stop);
  options.signal.throwIfAborted();
  if (code === 0) return;
  throw new InfrastructureError(
    `The target's prepare command (${command.join(' ')}) failed: ${describeExit(child)}, expected 0. The end of its log:\n${await child.logTail()}`,
  );
}

async function start(
  options: TargetOptions,
  port: number,
  command: readonly string[],
  log: string,
  preload: boolean,
): Promise<Child> {
  const [program, ...args] = command as [string, ...string[]];
  const isNode = program === 'node';
  const preloadArgs = preload ? [`--import=${preloadUrl()}`] : [];
  const env = {
    NODE_COMPILE_CACHE: options.compileCache,
    ...inheritedEnv(options.env),
    ...(preload ? { ...telemetryEnv(options), ...options.controlEnv } : {}),
    ...(preload && !isNode ? { NODE_OPTIONS: preloadArgs.join(' ') } : {}),
    ...expand(options, port),
  };
  try {
    return await startChild({
      command: isNode ? process.execPath : program,
      args: isNode ? [...preloadArgs, ...args] : args,
      env,
      cwd: resolve(options.scenarioFolder, options.spec.cwd),
      logFile: resolve(options.folder, log),
      undo: options.undo,
    });
  } catch (cause) {
    throw new InfrastructureError(
      `${command.join(' ')} cannot be started for the target: ${(cause as Error).message}. Expected a program on PATH, got "${program}".`,
      { cause },
    );
  }
}

/** Short delays, so that what the target says is here while the run still goes on. */
function telemetryEnv({ telemetryUrl, name }: TargetOptions): Record<string, string> {
  if (!telemetryUrl) return {};
  return {
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: telemetryUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    ORDEAL_LOKI_URL: telemetryUrl,
  };
}

function expand({ spec, addresses }: TargetOptions, port: number): Record<string, string> {
  const known: Record<string, string> = { ...addresses, 'target.port': String(port) };
  return Object.fromEntries(
    Object.entries(spec.env).map(([name, value]) => [
      name,
      value.replace(/\{([^{}]+)\}/g, (all, key) => known[key] ?? all),
    ]),
  );
}
