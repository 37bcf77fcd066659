import type { FaultWindow, Observations } from '../observe/observations.ts';

/**
 * What is missing to believe that the faults were what the scenario says. Each must have been seen: the link at
 * work before it, the fault in every try while it was in force, the link at work again after it.
 */
export function faultProblems({ faults }: Observations): string[] {
  return problems(faults, [beforeProblem, duringProblem, afterProblem]);
}

/**
 * The same for a run that was broken off: a fault that had not gone in, or whose heal nobody could try any more,
 * has deceived nobody.
 */
export function faultProblemsSoFar({ faults }: Observations): string[] {
  const begun = faults.filter((it) => it.injectedMs !== undefined);
  return problems(begun, [beforeProblem, duringProblem]);
}

type Check = (fault: FaultWindow) => string | undefined;

function problems(faults: readonly FaultWindow[], checks: readonly Check[]): string[] {
  return faults.flatMap((it) => {
    const first = checks.map((check) => check(it)).find((problem) => problem !== undefined);
    const { kind, link } = it.fault;
    return first === undefined ? [] : [`the fault ${kind} on the link ${link} is not proved: ${first}`];
  });
}

function beforeProblem({ proofs }: FaultWindow): string | undefined {
  const last = proofs.findLast((it) => it.moment === 'before');
  if (last === undefined) return 'nobody tried the link before it';
  return last.proved ? undefined : `before it the link did not work (${last.detail})`;
}

/** A try that was still under way when the heal was complete says nothing about the time before. */
function duringProblem({ proofs, injectedMs, healedMs = Infinity }: FaultWindow): string | undefined {
  if (injectedMs === undefined) return 'it never went in';
  const tries = proofs.filter(
    ({ moment, atMs, roundTripMs = 0 }) =>
      moment === 'during' && atMs >= injectedMs && atMs + roundTripMs <= healedMs,
  );
  if (tries.length === 0) return 'nobody tried the link while it was in force';
  const wrong = tries.find((it) => !it.proved);
  return wrong && `a try while it was in force did not show it (${wrong.detail})`;
}

function afterProblem({ proofs, healedMs }: FaultWindow): string | undefined {
  if (healedMs === undefined) return 'it was never healed';
  const last = proofs.findLast((it) => it.moment === 'after');
  if (last === undefined) return 'nobody tried the link after the heal';
  return last.proved ? undefined : `after the heal the link did not work (${last.detail})`;
}
