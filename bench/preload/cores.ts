import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * The service has core 0 for itself; everything else of the bench is on core 1. Undefined where there are no two cores
 * or no `taskset` (util-linux): then all share what there is.
 */
export interface Cores {
  /** What stands before a command so that it runs on the service's core. */
  readonly service: readonly string[];
}

/** Moves this process, and with it all that it starts later, to core 1. */
export function splitCores(): Cores | undefined {
  if (availableParallelism() < 2) return undefined;
  try {
    execFileSync('taskset', ['-acp', '1', `${process.pid}`], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { service: ['taskset', '-c', '0'] };
}
