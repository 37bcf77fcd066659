import type { Observations } from '../observe/observations.ts';
import { faultProblems } from './fault-problems.ts';
import { targetExit } from './target-stays.ts';
import type { Verdict } from './verdict.ts';

export type Ending = Verdict['ending'] & { signal?: 'SIGINT' | 'SIGTERM' };

/**
 * How the run ended. The journal's last line says it, with two exceptions: without one the harness was killed,
 * and a run that says it was completed is a failure of the harness when its load generator or one of its faults
 * failed. A target that exits takes both with it, which is the target's failure and none of the harness.
 */
export function endingOf(seen: Observations): Ending {
  const { end } = seen;
  if (end === undefined) {
    return {
      kind: 'cut-off',
      message: 'the journal has no last line: the harness was killed before it could write one',
    };
  }
  const message = end.message === undefined ? {} : { message: end.message };
  if (end.ending === 'interrupted') {
    const signal = end.signal ?? 'SIGINT';
    return { kind: end.ending, message: end.message ?? `interrupted by ${signal}`, signal };
  }
  const problems = harnessProblems(seen);
  if (end.ending === 'completed' && problems.length > 0 && targetExit(seen) === undefined) {
    return { kind: 'harness-failed', message: problems.join('; ') };
  }
  return { kind: end.ending, ...message };
}

/** What the record itself shows to have failed on our side. */
function harnessProblems(seen: Observations): string[] {
  return [...loadProblems(seen), ...faultProblems(seen)];
}

/** The load generator died, or its end was not seen. */
export function loadProblems({ load }: Observations): string[] {
  if (load.exitCode === 0) return [];
  if (load.exitCode === undefined) return ['the end of k6 is not in the journal'];
  const how = load.exitCode === null ? 'was ended by a signal' : `ended with exit code ${load.exitCode}`;
  return [`k6 ${how}, expected exit code 0`];
}

/** A clause for the reason why something was not reached. */
export function howItEnded(seen: Observations): string {
  const { kind, message, signal } = endingOf(seen);
  // What follows the first line is the end of a log: once, with the ending, is enough.
  const because = message === undefined ? '' : ` (${message.split('\n')[0]})`;
  switch (kind) {
    case 'completed':
      return message ?? 'the journal has no beginning or end of it, although the run was completed';
    case 'interrupted':
      return `the run was interrupted by ${signal}`;
    case 'harness-failed':
      return `the harness failed${because}`;
    case 'infrastructure-failed':
      return `the infrastructure failed${because}`;
    case 'cut-off':
      return 'the journal was cut off';
  }
}
