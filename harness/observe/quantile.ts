/**
 * Percentiles without assumptions about the distribution: the sample's own values as estimate and as ends of
 * the interval.
 */

/**
 * Nearest-rank percentile (type 1 of Hyndman and Fan, 1996): the smallest value that at least the share `p` of
 * the sample does not exceed. Infinite values take part.
 * @param sorted ascending, at least one value
 */
export function nearestRank(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) throw new RangeError('A percentile needs at least one value, got none.');
  return sorted[rankOf(sorted.length, p) - 1]!;
}

/** Without rounding, 0.07 × 100 = 7.000000000000001 would be rank 8. */
function rankOf(n: number, p: number): number {
  return Math.min(n, Math.max(1, Math.ceil(Number((n * p).toPrecision(12)))));
}

export interface RankInterval {
  /** Rank from 1; 0 when no value of the sample bounds the percentile from below. */
  lower: number;
  /** Rank from 1. */
  upper: number;
}

/**
 * Ranks of the order statistics between which the percentile `p` lies with at least `confidence`
 * (Conover, Practical Nonparametric Statistics, section 3.2). The number B of values below the percentile is
 * binomial (n, p), and P(x(lower) <= percentile <= x(upper)) >= P(lower <= B <= upper - 1).
 *
 * Both tails get the same share of the error while the sample allows it. In small samples the largest value
 * alone takes p^n, and the lower tail gets what is left of the error. Undefined when even that is too much: for
 * P95 at 95 % when n < 59 (Wilks, 1941).
 */
export function rankInterval(n: number, p: number, confidence = 0.95): RankInterval | undefined {
  const error = 1 - confidence;
  const aboveAll = p ** n;
  if (n === 0 || aboveAll > error) return undefined;
  const upperError = Math.max(aboveAll, error / 2);
  const { from, cumulative } = binomialCdf(n, p);
  const reached = (share: number) => {
    const i = cumulative.findIndex((it) => it >= share);
    return i === -1 ? n : from + i;
  };
  const lower = countBelow(cumulative, error - upperError) + from;
  return { lower: Math.min(lower, n), upper: Math.min(reached(1 - upperError) + 1, n) };
}

/** How many of the cumulative values are at most `share`. */
function countBelow(cumulative: readonly number[], share: number): number {
  const i = cumulative.findIndex((it) => it > share);
  return i === -1 ? cumulative.length : i;
}

/**
 * P(B <= from + i) for the values of B that matter: 12 standard deviations to each side of the mean, beyond
 * which less than 1e-20 is left. Terms are built from the mode outwards by their ratio and divided by their
 * sum, so that nothing over- or underflows.
 */
function binomialCdf(n: number, p: number): { from: number; cumulative: number[] } {
  const reach = 12 * Math.sqrt(n * p * (1 - p)) + 20;
  const from = Math.max(0, Math.floor(n * p - reach));
  const to = Math.min(n, Math.ceil(n * p + reach));
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const terms = new Array<number>(to - from + 1).fill(0);
  terms[mode - from] = 1;
  for (let k = mode + 1; k <= to; k++) {
    terms[k - from] = (terms[k - 1 - from]! * (n - k + 1) * p) / (k * (1 - p));
  }
  for (let k = mode - 1; k >= from; k--) {
    terms[k - from] = (terms[k + 1 - from]! * (k + 1) * (1 - p)) / ((n - k) * p);
  }
  const total = terms.reduce((sum, term) => sum + term, 0);
  let sum = 0;
  const cumulative = terms.map((term) => {
    sum += term;
    return sum / total;
  });
  return { from, cumulative };
}

/** The smallest sample whose largest value is an upper bound of the percentile; `Infinity` for p = 1. */
export function neededSamples(p: number, confidence = 0.95): number {
  return p === 0 ? 1 : Math.ceil(Math.log(1 - confidence) / Math.log(p));
}
