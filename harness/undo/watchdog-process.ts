import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchdogEnv } from './marker.ts';
import { farewell } from './order.ts';

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
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  // A watchdog that is gone is noted when it exits; that nothing can be written to it then is no second failure.
  watchdog.stdin.on('error', () => {});
  return watchdog;
}

/** Tells it that there is nothing to undo, and waits until it has gone. */
export async function dismissWatchdog(watchdog: ChildProcess): Promise<void> {
  if (watchdog.pid === undefined || watchdog.exitCode !== null || watchdog.signalCode !== null) return;
  watchdog.ref();
  const exited = once(watchdog, 'exit', { signal: AbortSignal.timeout(farewellMs) });
  watchdog.stdin?.end(`${farewell}\n`);
  await exited.catch(() => watchdog.kill('SIGKILL'));
}
