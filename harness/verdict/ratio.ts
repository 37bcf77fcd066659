import { wilsonInterval } from '../observe/wilson.ts';
import { byInterval, type Claim } from './judgement.ts';
import type { Judgement } from './verdict.ts';

/**
 * Judges a ratio by its Wilson interval. A limit of 0 or 1 says `none` or `all`: no sample could ever prove that of
 * the requests that were not sent, so there it is a statement about those that were, and counted.
 */
export function judgeRatio(claim: Claim, part: number, whole: number, detail?: string): Judgement {
  const observed = part / whole;
  const isCounted = claim.limit === 0 || claim.limit === 1;
  return byInterval(claim, {
    observed,
    ...(!isCounted && { interval: wilsonInterval(part, whole) }),
    samples: whole,
    detail,
  });
}
