import type { Judgement } from './verdict.ts';
import { counted, quantity } from './words.ts';

/** What is claimed, before anything was looked at. */
export type Claim = Pick<Judgement, 'kind' | 'claim' | 'phase' | 'unit' | 'limit' | 'bound'>;

/** What was seen of it. */
export interface Seen {
  observed: number;
  /** Equal ends, the observed value, when it was counted and not sampled. */
  interval?: readonly [number, number];
  samples: number;
  detail?: string | undefined;
}

/**
 * The judgement on a value and its interval: `met` when both ends keep the limit, `violated` when both break it,
 * and `inconclusive` when the limit lies between them.
 */
export function byInterval(claim: Claim, { observed, samples, detail, interval }: Seen): Judgement {
  const ends = interval ?? ([observed, observed] as const);
  const [low, high] = ends.map((end) => keeps(claim, end));
  if (low !== high) {
    const [from, to] = ends.map((end) => quantity(end, claim.unit));
    const limit = quantity(claim.limit, claim.unit);
    return inconclusive(
      claim,
      `the limit ${limit} lies within the 95 % interval, ${from} to ${to} (${counted(samples, 'sample')})`,
      { observed, interval: ends, samples },
    );
  }
  const outcome = low ? 'met' : 'violated';
  return { ...copy(claim), outcome, observed, interval: ends, samples, ...(detail && { detail }) };
}

function keeps({ bound, limit }: Claim, value: number): boolean {
  switch (bound) {
    case 'below':
      return value < limit;
    case 'at-most':
      return value <= limit;
    case 'above':
      return value > limit;
    case 'at-least':
      return value >= limit;
  }
}

/** Nothing can be said, with the reason; what was seen all the same is kept. */
export function inconclusive(
  claim: Claim,
  reason: string,
  known: { observed?: number; interval?: readonly [number, number]; samples: number } = { samples: 0 },
): Judgement {
  const { observed, interval, samples } = known;
  return {
    ...copy(claim),
    outcome: 'inconclusive',
    reason,
    ...(observed !== undefined && { observed }),
    ...(interval !== undefined && { interval }),
    samples,
  };
}

/** Takes a decision back: what it rests on cannot be trusted. An inconclusive one keeps its own reason. */
export function takeBack(judgement: Judgement, reason: string): Judgement {
  return judgement.outcome === 'inconclusive' ? judgement : inconclusive(judgement, reason, judgement);
}

/** In a fixed order, which is the order in which `verdict.json` has them. */
function copy({ kind, claim, phase, unit, limit, bound }: Claim): Claim {
  return { kind, claim, phase, unit, limit, bound };
}
