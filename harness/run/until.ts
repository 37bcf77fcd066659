import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a moment of the host's clock. @throws the signal's reason when it comes first. */
export async function until(atMs: number, nowMs: () => number, signal: AbortSignal): Promise<void> {
  for (let leftMs = atMs - nowMs(); leftMs > 0; leftMs = atMs - nowMs()) {
    await sleep(leftMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  signal.throwIfAborted();
}
