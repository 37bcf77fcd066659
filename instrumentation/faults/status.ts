import dns from 'node:dns';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { reason } from '../complain.ts';

/** What this process measures of itself. */
export interface Status {
  /** `Date.now()`, as the service would read it. */
  dateMs: number;
  /** The longest delay of the event loop since the last status. */
  loopDelayMs: number;
  heapUsedBytes: number;
  /** CPU used since the start of the process, all threads. */
  cpuMs: number;
  lookup?: { name: string; tookMs: number; failed?: string };
}

/** Measures from now on. */
export function watchStatus(): (lookup: unknown) => Promise<Status> {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return async (name) => {
    const loopDelayMs = delay.max / 1e6;
    delay.reset();
    const { user, system } = process.cpuUsage();
    return {
      dateMs: Date.now(),
      loopDelayMs,
      heapUsedBytes: getHeapStatistics().used_heap_size,
      cpuMs: (user + system) / 1000,
      ...(typeof name === 'string' && { lookup: await lookUp(name) }),
    };
  };
}

/** By the same function that a connection of the service would use. */
function lookUp(name: string): Promise<NonNullable<Status['lookup']>> {
  const startedMs = performance.now();
  return new Promise((resolve) =>
    dns.lookup(name, (error) =>
      resolve({
        name,
        tookMs: performance.now() - startedMs,
        ...(error && { failed: error.code ?? reason(error) }),
      }),
    ),
  );
}
