/** How long a process that is about to end is held to send what is left, from the first sign that it will. */
const deadlineMs = 2000;

/** Sends the rest when the process ends, which it does as it would have: same signal, same exit code. */
export function flushAtEnd(host: NodeJS.Process, flush: () => Promise<unknown>): void {
  const last = new LastFlush(flush);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) onFirstSignal(host, signal, last);
  onEmptyLoop(host, last);
}

/**
 * A listener takes Node's default away, so ours leaves before it does anything: who counts listeners finds those of
 * the service, and a second signal finds things as without us. With no other listener the signal is sent again; else
 * the service decides when it ends, and what can be sent until then is sent.
 */
function onFirstSignal(host: NodeJS.Process, signal: 'SIGTERM' | 'SIGINT', last: LastFlush): void {
  const listener = async () => {
    host.removeListener(signal, listener);
    const alone = host.listenerCount(signal) === 0;
    last.begin();
    if (!alone) return;
    await last.done();
    host.kill(host.pid, signal);
  };
  host.prependListener(signal, listener);
}

/**
 * Work started here makes Node emit `beforeExit` again, which a listener of the service would notice: then nothing
 * is sent. Past the deadline only our own requests can hold the process, and it ends with the exit code it has.
 */
function onEmptyLoop(host: NodeJS.Process, last: LastFlush): void {
  host.once('beforeExit', async () => {
    if (host.listenerCount('beforeExit') > 0) return;
    last.begin();
    if (!(await last.done())) host.exit();
  });
}

class LastFlush {
  readonly #flush: () => Promise<unknown>;
  #work: Promise<boolean> = Promise.resolve(true);
  #deadline = Number.POSITIVE_INFINITY;

  constructor(flush: () => Promise<unknown>) {
    this.#flush = flush;
  }

  begin(): void {
    this.#deadline = Math.min(this.#deadline, performance.now() + deadlineMs);
    this.#work = this.#flush().then(
      () => true,
      () => true,
    );
  }

  /** Whether it was done in time. Holds the process until then, or until the deadline. */
  async done(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), this.#deadline - performance.now());
    try {
      return await Promise.race([this.#work, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
