import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchdogEnv } from './marker.ts';
import { farewell } from './order.ts';

const greetingMs = 10_000;
const farewellMs = 5000;

/**
 * Starts the watchdog in a session of its own, so that no Ctrl-C and no signal to the harness's group reaches it.
 * It does not keep the harness from ending.
 */
export function startWatchdog(runId: string, journalPath: string): ChildProcess {
  // Beside this file, and of the same kind: TypeScript in a checkout, JavaScript in the package.
  const script = fileURLToPath(new URL(`./watchdog${extname(import.meta.url)}`, import.meta.url));
  const watchdog = spawn(process.execPath, [script, runId, journalPath], {
    cwd: '/',
    detached: true,
    env: watchdogEnv(process.env),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  watchdog.unref();
  // That it is gone is told once, by `greeted` or by its exit; everything that fails because of it is no news.
  watchdog.on('error', () => {});
  watchdog.stdin?.on('error', () => {});
  return watchdog;
}

/** Resolves when it is at work, or with the reason in a clause why it never will be. */
export async function greeted(watchdog: ChildProcess): Promise<string | undefined> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(greetingMs)]);
  const ended = once(watchdog, 'exit', { signal }).then(() => howItEnded(watchdog));
  const ready = watchdog.stdout ? once(watchdog.stdout, 'data', { signal }).then(() => undefined) : ended;
  try {
    return await Promise.race([ready, ended]);
  } catch (error) {
    return error instanceof Error && error.name !== 'AbortError' ? error.message : 'it does not answer';
  } finally {
    settled.abort();
    await Promise.allSettled([ready, ended]);
    watchdog.stdout?.destroy();
  }
}

export function howItEnded({ signalCode, exitCode }: ChildProcess): string {
  return `it ended with ${signalCode ?? `exit code ${exitCode}`}`;
}

/** Tells it that there is nothing to undo, and waits until it has gone. */
export async function dismissWatchdog(watchdog: ChildProcess): Promise<void> {
  if (watchdog.pid === undefined || watchdog.exitCode !== null || watchdog.signalCode !== null) return;
  watchdog.ref();
  const exited = once(watchdog, 'exit', { signal: AbortSignal.timeout(farewellMs) });
  watchdog.stdin?.end(`${farewell}\n`);
  await exited.catch(() => watchdog.kill('SIGKILL'));
}
