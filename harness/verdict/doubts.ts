import type { Observations, TimeWindow } from '../observe/observations.ts';
import { within } from '../observe/phases.ts';
import { requestsIn } from '../observe/requests.ts';
import type { Phase } from '../scenario/scenario.ts';
import { endingOf, howItEnded, loadProblems } from './ending.ts';
import { faultProblems, faultProblemsSoFar } from './fault-problems.ts';
import { isComplete } from './in-phase.ts';
import { targetExit } from './target-stays.ts';
import type { Judgement } from './verdict.ts';
import { counted, percent } from './words.ts';

/** A reason not to trust a part of the record. */
export interface Doubt {
  text: string;
  /** Whether this decision rests on that part. */
  weakens(judgement: Judgement): boolean;
}

/** At most one iteration in a thousand may be dropped. */
const toleratedDrops = 0.001;
/** Between the target's account of how many requests there were, and k6's. */
const toleratedGap = 0.01;
/** Requests that k6 sent before an edge of the time looked at and the target saw after it: one at each. */
const straddling = 2;

/**
 * Everything in the record that makes decisions doubtful. What is `met` falls easily; what is `violated` falls only
 * when the flaw could have made it look so. A crash that was seen was seen: the invariant falls with the run alone.
 */
export function doubtsOf(seen: Observations): Doubt[] {
  return [
    ...endingDoubts(seen),
    ...failureDoubts(seen),
    ...requestDoubts(seen),
    ...dropDoubts(seen),
    ...spanDoubts(seen),
    ...malformedDoubts(seen),
  ];
}

/** Phases that were not reached or not completed are judged one by one (`inPhase`); here is the rest. */
function endingDoubts(seen: Observations): Doubt[] {
  const { kind } = endingOf(seen);
  const text = howItEnded(seen);
  switch (kind) {
    case 'completed':
      return [];
    case 'interrupted':
      return [{ text, weakens: (it) => isMet(it) && it.phase === 'run' }];
    case 'cut-off':
    case 'infrastructure-failed':
      return [{ text, weakens: isMet }];
    case 'harness-failed':
      // One that the record shows by itself is told by `failureDoubts`.
      return seen.end?.ending === 'completed' ? [] : [{ text, weakens: isMet }];
  }
}

/** A load generator that died, and faults that were not what the scenario says. */
function failureDoubts(seen: Observations): Doubt[] {
  const toTheEnd = seen.end?.ending === 'completed' && targetExit(seen) === undefined;
  const load = toTheEnd ? loadProblems(seen) : [];
  const faults = toTheEnd ? faultProblems(seen) : faultProblemsSoFar(seen);
  const needsFault = ['breaker-opens', 'breaker-closes', 'breaker-silences'];
  return [
    ...load.map((text) => ({ text, weakens: isMet })),
    ...faults.map((text) => ({
      text,
      weakens: (it: Judgement) => isMet(it) || needsFault.includes(it.kind),
    })),
  ];
}

function requestDoubts({ requests }: Observations): Doubt[] {
  return requests.startMs.length > 0 ? [] : [{ text: 'k6 sent no request', weakens: isMetSlo }];
}

/**
 * A saturated generator sends less than the plan, and what it measures may be its own slowness. The warm-up is there
 * for what is cold at first, so what it drops is held against those judgements alone that name it.
 */
function dropDoubts(seen: Observations): Doubt[] {
  const judged = seen.run.scenario.hypothesis.flatMap((slo): Phase[] => ('phases' in slo ? slo.phases : []));
  const warm = seen.phases.find(({ phase }) => phase !== 'warmup');
  const places = [
    ...seen.phases
      .filter(({ phase }) => phase !== 'warmup' || judged.includes(phase))
      .map((window) => ({ name: window.phase, window })),
    { name: 'run' as const, window: { startMs: warm?.startMs ?? -Infinity, endMs: Infinity } },
  ];
  return places.flatMap(({ name, window }): Doubt[] => {
    const { dropped, all } = iterationsIn(window, seen);
    if (dropped <= toleratedDrops * all) return [];
    const where = name === 'run' ? 'after the warm-up' : `in the phase ${name}`;
    return [
      {
        text: `the load generator was saturated: ${dropped} of ${counted(all, 'iteration')} were dropped ${where} (${percent(dropped / all)}, at most 0.1 % allowed)`,
        weakens: (it) => it.phase === name && (isMetSlo(it) || it.kind === 'latency'),
      },
    ];
  });
}

/** A report tells of the time since the one before; one that straddles the edge of a phase counts on both sides. */
function iterationsIn(
  { startMs, endMs }: TimeWindow,
  { load }: Observations,
): { dropped: number; all: number } {
  let dropped = 0;
  let all = 0;
  let sinceMs = -Infinity;
  for (const report of load.reports) {
    if (sinceMs < endMs && report.atMs > startMs) {
      dropped += report.droppedIterations;
      all += report.iterations + report.droppedIterations;
    }
    sinceMs = report.atMs;
  }
  return { dropped, all };
}

/**
 * Server spans against requests, from the first request to the end of the last phase that was completed. Not from the
 * begin of the warm-up: a cold target sees a request long after k6 sent it, so at that edge the two would differ.
 */
function spanDoubts(seen: Observations): Doubt[] {
  const first = seen.phases[0];
  const last = seen.phases.findLast((it) => isComplete(it, seen));
  if (!seen.run.scenario.target.preload || first === undefined || last === undefined) return [];
  const firstRequestMs = seen.requests.startMs.reduce((least, atMs) => Math.min(least, atMs), first.startMs);
  const window = { startMs: firstRequestMs, endMs: last.endMs };
  const sent = requestsIn(seen.requests, window).length;
  const told = seen.serverSpans.startMs.filter((atMs) => within(window, atMs)).length;
  const apart = Math.abs(told - sent);
  if (apart <= toleratedGap * sent + straddling && (told > 0 || sent === 0)) return [];
  const missing = told === 0 ? 'the telemetry of the target is missing' : 'the witnesses disagree';
  return [
    {
      text: `${missing}: it told of ${counted(told, 'server span')}, k6 of ${counted(sent, 'request')} (at most 1 % apart allowed)`,
      weakens: (it) => isMetSlo(it) || isOfBreaker(it),
    },
  ];
}

function malformedDoubts({ telemetry }: Observations): Doubt[] {
  const { malformed } = telemetry;
  if (malformed === 0) return [];
  return [
    {
      text: `${counted(malformed, 'message')} of the target's telemetry could not be read`,
      weakens: isOfBreaker,
    },
  ];
}

function isMet({ outcome }: Judgement): boolean {
  return outcome === 'met';
}

function isMetSlo(it: Judgement): boolean {
  return isMet(it) && it.kind !== 'invariant';
}

function isOfBreaker({ kind }: Judgement): boolean {
  return kind.startsWith('breaker-');
}
