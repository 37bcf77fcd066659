import { InfrastructureError, OrdealError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { EndEntry } from '../journal/entry.ts';
import type { Teller } from './order.ts';

/** The target ended by itself: no failure of ours, but there is nothing left to put under load. */
export class TargetGone extends Error {
  override name = 'TargetGone';
}

/** One signal for every reason to stop before the plan is over. */
export interface Early {
  readonly signal: AbortSignal;
  readonly interrupted: 'SIGINT' | 'SIGTERM' | undefined;
  stop(reason: Error): void;
  /** Signals have their usual effect again. */
  release(): void;
}

/** The first Ctrl-C heals and reports; the second ends the process at once, and the watchdog undoes the rest. */
export function stopEarly(host: Host, tell: Teller): Early {
  const controller = new AbortController();
  let interrupted: Early['interrupted'];
  const release = host.onSignal((signal) => {
    if (interrupted) process.exit(signal === 'SIGINT' ? 130 : 143);
    interrupted = signal;
    tell.step(`${signal}: healing and stopping; once more ends it at once`);
    controller.abort(new Error(`interrupted by ${signal}`));
  });
  return {
    signal: controller.signal,
    get interrupted() {
      return interrupted;
    },
    stop: (reason) => controller.abort(reason),
    release,
  };
}

/** The journal's last line. */
export function endingOf(error: unknown, early: Early, atMs: number): EndEntry {
  const end = { kind: 'end', atMs } as const;
  if (early.interrupted) return { ...end, ending: 'interrupted', signal: early.interrupted };
  if (error === undefined) return { ...end, ending: 'completed' };
  const message = messageOf(error);
  if (error instanceof TargetGone) return { ...end, ending: 'completed', message };
  return {
    ...end,
    ending: error instanceof InfrastructureError ? 'infrastructure-failed' : 'harness-failed',
    message,
  };
}

/** A message for a person; the stack too when the error is a bug of ours. */
function messageOf(error: unknown): string {
  if (error instanceof OrdealError || error instanceof TargetGone) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
