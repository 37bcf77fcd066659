import { exitCodes } from '../errors.ts';
import type { Outcome, Verdict } from './verdict.ts';

export interface Standing {
  ending: Verdict['ending']['kind'];
  /** With `interrupted`. */
  signal?: 'SIGINT' | 'SIGTERM';
  outcome: Outcome;
  /** A write was lost or the target crashed, and that is proved. */
  invariantBroken: boolean;
}

/**
 * Whom to call. A proved violation of an invariant comes before all else: no later failure makes it untrue. Then
 * how the run ended, then what was judged.
 */
export function exitCodeOf({ ending, signal, outcome, invariantBroken }: Standing): number {
  if (invariantBroken) return exitCodes.violated;
  switch (ending) {
    case 'interrupted':
      return signal === 'SIGTERM' ? exitCodes.sigterm : exitCodes.sigint;
    case 'infrastructure-failed':
      return exitCodes.infrastructure;
    case 'harness-failed':
    case 'cut-off':
      return exitCodes.harness;
    case 'completed':
      return exitCodes[outcome];
  }
}
