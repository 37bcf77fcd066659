import type { Observations } from '../observe/observations.ts';
import { within } from '../observe/phases.ts';
import type { Phase, Slo } from '../scenario/scenario.ts';
import { inPhase } from './in-phase.ts';
import { inconclusive } from './judgement.ts';
import { judgeRatio } from './ratio.ts';
import type { Judgement } from './verdict.ts';
import { counted, listed, percent } from './words.ts';

type CheckSlo = Extract<Slo, { kind: 'check' }>;

/** The share of a check of the script that holds, counted in the phase in which it was made: at the answer. */
export function judgeCheck(slo: CheckSlo, phase: Phase, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: `at least ${percent(slo.min)} of the checks "${slo.check}" hold`,
    phase,
    unit: 'ratio',
    limit: slo.min,
    bound: 'at-least',
  } as const;
  return inPhase(claim, seen, (window) => {
    const checks = seen.checks.get(slo.check);
    if (checks === undefined) {
      const known = listed([...seen.checks.keys()].sort());
      return inconclusive(claim, `k6 made no check "${slo.check}"; those that it made: ${known}`);
    }
    const results = checks.ok.filter((_, i) => within(window, checks.atMs[i]!));
    if (results.length === 0) return inconclusive(claim, 'it was not made in this phase');
    const failed = results.filter((ok) => !ok).length;
    const detail = failed > 0 ? `${counted(failed, 'check')} did not hold` : undefined;
    return judgeRatio(claim, results.length - failed, results.length, detail);
  });
}
