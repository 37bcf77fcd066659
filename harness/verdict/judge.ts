import type { Entry } from '../journal/entry.ts';
import type { Observations } from '../observe/observations.ts';
import { observe } from '../observe/observe.ts';
import type { Slo } from '../scenario/scenario.ts';
import { judgeBreakerCloses } from './breaker-closes.ts';
import { judgeBreakerOpens } from './breaker-opens.ts';
import { judgeBreakerSilences } from './breaker-silences.ts';
import { judgeBreakerStaysClosed } from './breaker-stays-closed.ts';
import { judgeCacheHitRate } from './cache-hit-rate.ts';
import { judgeCheck } from './check.ts';
import { type Doubt, doubtsOf } from './doubts.ts';
import { endingOf } from './ending.ts';
import { judgeErrorRate } from './error-rate.ts';
import { exitCodeOf } from './exit-code.ts';
import { takeBack } from './judgement.ts';
import { judgeLatency } from './latency.ts';
import { judgeRequestId } from './request-id.ts';
import { stolenTimes, unlessStolen } from './stolen.ts';
import { judgeTargetStays } from './target-stays.ts';
import type { Judgement, Outcome, Verdict } from './verdict.ts';
import { judgeWritesKept } from './writes-kept.ts';

/**
 * The verdict on a run, from its journal alone: no clock, no disk, no chance, so the same journal gives the same
 * verdict.
 * @throws HarnessError when the journal does not begin with `run`
 */
export function judge(entries: Iterable<Entry>): Verdict {
  return judgeObservations(observe(entries));
}

/**
 *  1. Each SLO is judged in each of its phases, then the invariants.
 *  2. What rests on a doubtful part of the record is taken back.
 *  3. The worst judgement decides; together with how the run ended it gives the exit code.
 */
function judgeObservations(seen: Observations): Verdict {
  const { run, end, lastMs } = seen;
  const doubts = doubtsOf(seen);
  const judgements = [
    ...run.scenario.hypothesis.flatMap((slo) => judgeSlo(slo, seen)),
    judgeTargetStays(seen),
  ].map((it) => weighed(it, doubts));
  const outcome = worst(judgements);
  const { kind, message, signal } = endingOf(seen);
  return {
    scenario: run.scenario.name,
    seed: run.seed,
    startedAtMs: run.atMs,
    durationMs: (end?.atMs ?? lastMs) - run.atMs,
    stack: run.stack,
    outcome,
    exitCode: exitCodeOf({
      ending: kind,
      ...(signal && { signal }),
      outcome,
      invariantBroken: judgements.some(breaksInvariant),
    }),
    ending: { kind, ...(message !== undefined && { message }) },
    judgements,
    doubts: [...doubts.map((it) => it.text), ...stolenTimes(seen, judgements)],
    replay: run.replay,
  };
}

function judgeSlo(slo: Slo, seen: Observations): Judgement[] {
  switch (slo.kind) {
    case 'latency':
      return slo.phases.map((phase) => unlessStolen(seen, (it) => judgeLatency(slo, phase, it)));
    case 'error-rate':
      return slo.phases.map((phase) => unlessStolen(seen, (it) => judgeErrorRate(slo, phase, it)));
    case 'cache-hit-rate':
      return slo.phases.map((phase) => judgeCacheHitRate(slo, phase, seen));
    case 'breaker-opens':
      return [judgeBreakerOpens(slo, seen)];
    case 'breaker-silences':
      return [judgeBreakerSilences(slo, seen)];
    case 'breaker-closes':
      return [judgeBreakerCloses(slo, seen)];
    case 'breaker-stays-closed':
      return slo.phases.map((phase) => judgeBreakerStaysClosed(slo, phase, seen));
    case 'writes-kept':
      return [judgeWritesKept(seen)];
    case 'request-id':
      return slo.phases.map((phase) => judgeRequestId(slo, phase, seen));
    case 'check':
      return slo.phases.map((phase) => judgeCheck(slo, phase, seen));
  }
}

function weighed(judgement: Judgement, doubts: readonly Doubt[]): Judgement {
  const reasons = doubts.filter((it) => it.weakens(judgement)).map((it) => it.text);
  return reasons.length === 0 ? judgement : takeBack(judgement, reasons.join('; '));
}

function worst(judgements: readonly Judgement[]): Outcome {
  const outcomes = judgements.map((it) => it.outcome);
  return (['violated', 'inconclusive'] as const).find((it) => outcomes.includes(it)) ?? 'met';
}

/** What the service must never do, under any fault. */
function breaksInvariant({ kind, outcome }: Judgement): boolean {
  return outcome === 'violated' && (kind === 'invariant' || kind === 'writes-kept');
}
