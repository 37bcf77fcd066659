import type { Phase, SloKind } from '../scenario/scenario.ts';

export type Outcome = 'met' | 'violated' | 'inconclusive';

/** `count` has no unit, `ratio` is 0..1. */
export type Unit = 'ms' | 'ratio' | 'count';

/** One SLO in one phase (or over the whole run). An inconclusive one always says why. */
export type Judgement = {
  kind: SloKind | 'invariant';
  /** The claim in words, without the phase: `P95 of all requests < 200 ms`. */
  claim: string;
  phase: Phase | 'run';
  unit: Unit;
  /** The bound, and on which side of it the observed value must lie. */
  limit: number;
  bound: 'below' | 'above' | 'at-most' | 'at-least';
} & (
  | {
      outcome: 'met' | 'violated';
      /** `Infinity` for what never came (no answer, never opened); `verdict.json` has null there and in the interval. */
      observed: number;
      /** Confidence interval (95 %) of the observed value; equal ends when it was counted, not sampled. */
      interval: readonly [number, number];
      samples: number;
      /** What a person needs beyond the number: which write, when, which trace. */
      detail?: string;
    }
  | {
      outcome: 'inconclusive';
      reason: string;
      observed?: number;
      interval?: readonly [number, number];
      samples: number;
    }
);

/** All judgements of one run; the worst decides. */
export interface Verdict {
  scenario: string;
  seed: number;
  startedAtMs: number;
  durationMs: number;
  stack: string;
  outcome: Outcome;
  exitCode: number;
  /** How the run ended, and why when not by itself; `cut-off` when the journal has no last line. */
  ending: {
    kind: 'completed' | 'interrupted' | 'harness-failed' | 'infrastructure-failed' | 'cut-off';
    message?: string;
  };
  judgements: readonly Judgement[];
  /** Why parts of the record cannot be trusted; each makes what depends on it inconclusive. */
  doubts: readonly string[];
  replay: string;
}
