import type { Checks, Observations, PhaseWindow } from '../observe/observations.ts';
import { within } from '../observe/phases.ts';
import { inFlight, requestsIn } from '../observe/requests.ts';
import type { Phase, Slo } from '../scenario/scenario.ts';
import { inPhase } from './in-phase.ts';
import { type Claim, inconclusive } from './judgement.ts';
import { judgeRatio } from './ratio.ts';
import type { Judgement } from './verdict.ts';
import { counted } from './words.ts';

type RequestIdSlo = Extract<Slo, { kind: 'request-id' }>;

/** The k6 check that holds the id of an answer against that of its request. */
const checkName = 'request id';
const toleratedShare = 0.01;

/** Every answer carries the request id of its request, and every answer was looked at. */
export function judgeRequestId(slo: RequestIdSlo, phase: Phase, seen: Observations): Judgement {
  const claim = {
    kind: slo.kind,
    claim: 'every answer carries the request id of its request',
    phase,
    unit: 'ratio',
    limit: 1,
    bound: 'at-least',
  } as const;
  return inPhase(claim, seen, (window) => judgeChecks(claim, window, seen));
}

function judgeChecks(claim: Claim, window: PhaseWindow, seen: Observations): Judgement {
  const { ok, all } = checksIn(window, seen.checks.get(checkName));
  if (all === 0) return inconclusive(claim, `no answer was checked: k6 has no check "${checkName}" here`);
  if (ok < all) return judgeRatio(claim, ok, all, `${counted(all - ok, 'answer')} without it`);
  const answered = answersIn(window, seen);
  if (Math.abs(all - answered) > toleratedShare * answered + atTheEdges(window, seen)) {
    return inconclusive(
      claim,
      `${counted(all, 'check')} for ${counted(answered, 'answer')}, at most 1 % apart allowed`,
      {
        samples: all,
      },
    );
  }
  return judgeRatio(claim, ok, all);
}

function checksIn(window: PhaseWindow, checks: Checks | undefined): { ok: number; all: number } {
  const results = checks?.ok.filter((_, i) => within(window, checks.atMs[i]!)) ?? [];
  return { ok: results.filter((it) => it).length, all: results.length };
}

function answersIn(window: PhaseWindow, { requests }: Observations): number {
  return requestsIn(requests, window).filter((i) => requests.status[i] !== 0).length;
}

/** A request counts where it starts and its check where it is answered, which may be in the next phase. */
function atTheEdges({ startMs, endMs }: PhaseWindow, { requests }: Observations): number {
  return inFlight(requests, startMs) + inFlight(requests, endMs);
}
