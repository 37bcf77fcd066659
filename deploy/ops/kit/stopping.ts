import { constants } from 'node:os';

/** Somebody ended us; what had to be tidied up is. */
export class StoppedError extends Error {
  override name = 'StoppedError';
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Runs `work` with a signal that SIGINT and SIGTERM abort, so that it can tidy up before the process ends. */
export async function stoppable<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const stop = new AbortController();
  const abort = (signal: NodeJS.Signals) => stop.abort(new StoppedError(signal));
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, abort);
  try {
    return await work(stop.signal);
  } catch (error) {
    stop.signal.throwIfAborted();
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}
