import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../kit/checks.ts';
import { askAny } from '../kit/http.ts';

const pauseMs = 250;

/** Waits until `GET /health/ready` says 200. @throws Error with what came last when that takes too long */
export async function untilReady(service: string, withinMs: number, signal: AbortSignal): Promise<string> {
  const startedAtMs = performance.now();
  for (;;) {
    const seen = await askAny(new URL('/health/ready', service)).then(
      ({ status, text }) => ({ ok: status === 200, text: `it answers ${status}: ${text.slice(0, 300)}` }),
      (error) => ({ ok: false, text: messageOf(error) }),
    );
    const tookMs = performance.now() - startedAtMs;
    if (seen.ok) return `after ${(tookMs / 1000).toFixed(1)} s`;
    if (tookMs > withinMs) throw new Error(`expected within ${withinMs / 1000} s, ${seen.text}`);
    await pause(pauseMs, undefined, { signal });
  }
}
