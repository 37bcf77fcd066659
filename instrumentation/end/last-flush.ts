import { os } from '../builtins.ts';
import { nowMs, setImmediate } from '../send/clock.ts';

/** How long a process that ends is held to send what is left. */
const heldMs = 1500;

export interface Sending {
  /** Hands over everything there is; the sender works on while the process does. */
  handOver(): void;
  /** Hands over everything there is, and blocks until it was sent or could not be, at most for `forMs`. */
  flush(forMs: number): void;
}

/**
 * Sends the rest when the process ends, which it does as it would have: same signal, same exit code. A thread sends it,
 * and this one waits for that where nothing asynchronous happens any more: after the last listener of `exit`, be the
 * reason an empty event loop, `process.exit`, a throw or a rejection.
 */
export function flushAtEnd(host: NodeJS.Process, sending: Sending): void {
  const flush = withinOneBudget(sending);
  afterExitListeners(host, flush);
  beforeReallyExit(host, flush);
  beforeSignalToItself(host, flush);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) onFirstSignal(host, signal, sending);
}

/**
 * An end may come by here twice (`process.exit` tells of `exit` first): both together hold the process for `heldMs`. What
 * lives on after that (the kernel spares process 1 the signal that it sends itself) ends another time.
 */
function withinOneBudget(sending: Sending): () => void {
  let untilMs: number | undefined;
  return () => {
    const beganMs = nowMs();
    if (untilMs === undefined) {
      untilMs = beganMs + heldMs;
      setImmediate(() => {
        untilMs = undefined;
      });
    }
    const leftMs = untilMs - beganMs;
    if (leftMs > 0) sending.flush(leftMs);
  };
}

/** Listeners of the service may still log: a listener of ours would be called before them. */
function afterExitListeners(host: NodeJS.Process, then: () => void): void {
  const emit = host.emit as (...args: unknown[]) => boolean;
  const emitAndThen = function (this: NodeJS.Process, ...args: unknown[]): boolean {
    if (args[0] !== 'exit') return emit.apply(this, args);
    try {
      return emit.apply(this, args);
    } finally {
      then();
    }
  };
  host.emit = emitAndThen as typeof host.emit;
}

/** A listener of `exit` that calls `process.exit` ends everything there. */
function beforeReallyExit(host: NodeJS.Process, then: () => void): void {
  const ending = host as unknown as { reallyExit(this: unknown, code?: unknown): void };
  const { reallyExit } = ending;
  ending.reallyExit = function (code) {
    then();
    reallyExit.call(this, code);
  };
}

/** Signals that end a process which does not listen for them. */
const fatal: readonly unknown[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGUSR2', 'SIGKILL'];

/** Who handled a signal often sends it again, with nobody listening any more: nothing runs after that. */
function beforeSignalToItself(host: NodeJS.Process, then: () => void): void {
  const { kill } = host;
  host.kill = function (this: NodeJS.Process, pid, signal = 'SIGTERM') {
    const name = typeof signal === 'number' ? nameOf(signal) : signal;
    if (pid === host.pid && fatal.includes(name) && host.listenerCount(name as NodeJS.Signals) === 0) then();
    return kill.call(this, pid, signal);
  };
}

function nameOf(number: number): string | undefined {
  return Object.entries(os.constants.signals).find(([, value]) => value === number)?.[0];
}

/**
 * A listener takes Node's default away, so ours leaves before it does anything: who counts listeners finds those of
 * the service, and a second signal finds things as without us. With no other listener the signal is sent again; else
 * the service decides when it ends.
 */
function onFirstSignal(host: NodeJS.Process, signal: NodeJS.Signals, sending: Sending): void {
  const listener = () => {
    host.removeListener(signal, listener);
    if (host.listenerCount(signal) > 0) {
      sending.handOver();
      return;
    }
    host.kill(host.pid, signal);
  };
  host.prependListener(signal, listener);
}
