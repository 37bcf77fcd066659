import type { FaultWindow, Observations } from '../observe/observations.ts';
import { isLinkFault } from '../scenario/place.ts';

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
    const { fault } = it;
    const where = isLinkFault(fault) ? `on the link ${fault.link}` : 'in the target';
    return first === undefined ? [] : [`the fault ${fault.kind} ${where} is not proved: ${first}`];
  });
}

/** What was tried. */
function tried({ fault }: FaultWindow): string {
  return isLinkFault(fault) ? 'the link' : 'the target';
}

function beforeProblem(window: FaultWindow): string | undefined {
  const last = window.proofs.findLast((it) => it.moment === 'before');
  if (last === undefined) return `nobody tried ${tried(window)} before it`;
  return last.proved ? undefined : `before it ${tried(window)} did not work (${last.detail})`;
}

/** A try that was still under way when the heal was complete says nothing about the time before. */
function duringProblem(window: FaultWindow): string | undefined {
  const { proofs, injectedMs, healedMs = Infinity } = window;
  if (injectedMs === undefined) return 'it never went in';
  const tries = proofs.filter(
    ({ moment, atMs, roundTripMs = 0 }) =>
      moment === 'during' && atMs >= injectedMs && atMs + roundTripMs <= healedMs,
  );
  if (tries.length === 0) return `nobody tried ${tried(window)} while it was in force`;
  const wrong = tries.find((it) => !it.proved);
  return wrong && `a try while it was in force did not show it (${wrong.detail})`;
}

function afterProblem(window: FaultWindow): string | undefined {
  if (window.healedMs === undefined) return 'it was never healed';
  const last = window.proofs.findLast((it) => it.moment === 'after');
  if (last === undefined) return `nobody tried ${tried(window)} after the heal`;
  return last.proved ? undefined : `after the heal ${tried(window)} did not work (${last.detail})`;
}
