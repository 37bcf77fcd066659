import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from '../errors.ts';
import type { Child } from './child.ts';

export interface Readiness {
  /** The thing, as it is called in the error: `PostgreSQL "db"`. */
  readonly what: string;
  readonly child: Child;
  /** Resolves once it can serve; throws while it cannot. Should give up on its own within a second. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const pollMs = 20;
const linesOfLog = 20;

/**
 * Waits until the probe succeeds.
 *
 * @throws InfrastructureError with the end of its log when it ends first or is not ready in time; the signal's
 * reason when that comes first.
 */
export async function waitUntilReady({ what, child, probe, timeoutMs, signal }: Readiness): Promise<void> {
  const inTime = AbortSignal.timeout(timeoutMs);
  const ended = new AbortController();
  child.exited.then(() => ended.abort());
  const either = AbortSignal.any([inTime, ended.signal, signal]);
  let last: unknown;
  for (;;) {
    signal.throwIfAborted();
    if (child.exit)
      throw await didNotStart(`${what} ended before it was ready: ${describeExit(child)}`, child);
    if (inTime.aborted) throw await didNotStart(`${what} was not ready after ${timeoutMs} ms`, child, last);
    try {
      await probe(either);
      return;
    } catch (error) {
      last = error;
    }
    await sleep(pollMs, undefined, { signal: either }).catch(() => undefined);
  }
}

/** `exit code 1` or `killed by SIGKILL`; `still running` when it has not ended. */
export function describeExit({ exit }: Pick<Child, 'exit'>): string {
  if (!exit) return 'still running';
  return exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code}`;
}

async function didNotStart(sentence: string, child: Child, cause?: unknown): Promise<InfrastructureError> {
  const because = cause instanceof Error ? ` (last attempt: ${cause.message})` : '';
  const log = (await child.logTail(linesOfLog)) || '(empty)';
  return new InfrastructureError(`${sentence}${because}. The end of its log:\n${indent(log)}`, { cause });
}

function indent(text: string): string {
  return text.replace(/^/gm, '  | ');
}
