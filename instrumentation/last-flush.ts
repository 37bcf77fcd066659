/** How long a process that is about to end is held to send what is left. */
const deadlineMs = 2000;

type Flush = () => Promise<unknown>;

/** Sends the rest when the process ends, which it does as it would have: same signal, same exit code. */
export function flushAtEnd(host: NodeJS.Process, flush: Flush): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) onFirstSignal(host, signal, flush);
  onEmptyLoop(host, flush);
}

/**
 * A listener takes Node's default away, so ours leaves before it does anything: who counts listeners finds those of
 * the service, and a second signal finds things as without us. With no other listener the signal is sent again.
 */
function onFirstSignal(host: NodeJS.Process, signal: 'SIGTERM' | 'SIGINT', flush: Flush): void {
  const listener = async () => {
    host.removeListener(signal, listener);
    const alone = host.listenerCount(signal) === 0;
    const flushed = quietly(flush);
    if (!alone) return;
    await within(deadlineMs, flushed);
    host.kill(host.pid, signal);
  };
  host.prependListener(signal, listener);
}

/**
 * Work started here makes Node emit `beforeExit` again, which a listener of the service would notice: then nothing
 * is sent. Past the deadline only our own requests can hold the process, and it ends with the exit code it has.
 */
function onEmptyLoop(host: NodeJS.Process, flush: Flush): void {
  host.once('beforeExit', async () => {
    if (host.listenerCount('beforeExit') > 0) return;
    if (!(await within(deadlineMs, quietly(flush)))) host.exit();
  });
}

async function quietly(flush: Flush): Promise<void> {
  try {
    await flush();
  } catch {}
}

/** Whether `work` was done in time. */
function within(ms: number, work: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  work.then(() => {
    clearTimeout(timer);
    resolve(true);
  });
  return promise;
}
