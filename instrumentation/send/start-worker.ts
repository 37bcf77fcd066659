import { Worker } from 'node:worker_threads';
import type { SenderSettings } from './letter.ts';

/** What decides whom the sender trusts; nothing else of the service's environment is the sender's business. */
const keptVariables = ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_USE_SYSTEM_CA'] as const;
/** Each thread has this flag for itself; NODE_EXTRA_CA_CERTS and --use-openssl-ca are the process's. */
const systemAuthorities = /(^|\s)--use-system-ca(\s|$)/;

/**
 * The thread of the last try. It inherits no flag (the preload would load itself again), cannot write to the service's stdout or
 * stderr, does not keep the process alive, and has little memory, since each slot is worked on and forgotten.
 * @throws when the process may start no thread (`--permission` without `--allow-worker`).
 */
export function startWorker(
  settings: SenderSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Worker {
  // Beside this file, in its own form: source, or built.
  const url = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
  const env = Object.fromEntries(
    keptVariables.filter((name) => environment[name] !== undefined).map((name) => [name, environment[name]]),
  );
  if (systemAuthorities.test([...process.execArgv, environment.NODE_OPTIONS].join(' ')))
    env.NODE_USE_SYSTEM_CA = '1';
  const worker = new Worker(url, {
    name: 'ordeal-last-try',
    workerData: settings,
    env,
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    trackUnmanagedFds: false,
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
  });
  worker.unref();
  return worker;
}
