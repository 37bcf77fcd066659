import { type End, within } from './fault.ts';

/**
 * The event loop stands still for `blockMs` in every `everyMs`: no callback runs, no answer leaves. In slices, so that
 * in between the loop hears the heal. The thread waits rather than computes: burning CPU is a fault of its own.
 */
export function blockEventLoop(fault: { blockMs: unknown; everyMs: unknown }): End {
  const blockMs = within('blockMs', fault.blockMs, 1, 10_000);
  const everyMs = within('everyMs', fault.everyMs, 2 * blockMs, 60_000);
  const never = new Int32Array(new SharedArrayBuffer(4));
  const slice = () => {
    const startedMs = performance.now();
    Atomics.wait(never, 0, 0, blockMs);
    timer = setTimeout(slice, startedMs + everyMs - performance.now()).unref();
  };
  let timer = setTimeout(slice, everyMs - blockMs).unref();
  return () => clearTimeout(timer);
}
