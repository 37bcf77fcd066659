import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { nearestRank, neededSamples, rankInterval } from './quantile.ts';

describe('nearestRank', () => {
  const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  it.each([
    { sorted: [15, 20, 35, 40, 50], p: 0.3, expected: 20 },
    { sorted: [15, 20, 35, 40, 50], p: 0.4, expected: 20 },
    { sorted: [15, 20, 35, 40, 50], p: 0.5, expected: 35 },
    { sorted: [15, 20, 35, 40, 50], p: 1, expected: 50 },
    { sorted: ten, p: 0, expected: 1 },
    { sorted: ten, p: 0.95, expected: 10 },
    { sorted: ten, p: 0.1, expected: 1 },
    { sorted: [7], p: 0.95, expected: 7 },
    { sorted: [1, 2, Infinity], p: 0.95, expected: Infinity },
  ])('gives $expected as the $p percentile of $sorted', ({ sorted, p, expected }) => {
    expect(nearestRank(sorted, p)).toBe(expected);
  });

  it('is not led astray by 0.07 × 100 = 7.000000000000001', () => {
    expect(
      nearestRank(
        Array.from({ length: 100 }, (_, i) => i + 1),
        0.07,
      ),
    ).toBe(7);
  });

  it('refuses an empty sample', () => {
    expect(() => nearestRank([], 0.5)).toThrow('at least one value');
  });
});

describe('rankInterval', () => {
  // K. R. Nair, "Table of confidence interval for the median in samples from any continuous population" (1940):
  // the interval of more than 95 % is from the k-th to the (n - k + 1)-th value.
  it.each([
    [6, 1],
    [7, 1],
    [8, 1],
    [9, 2],
    [10, 2],
    [11, 2],
    [12, 3],
    [15, 4],
    [17, 5],
    [20, 6],
    [23, 7],
    [25, 8],
    [30, 10],
    [37, 13],
    [44, 16],
    [51, 19],
    [58, 22],
    [65, 25],
  ])('of the median of %i values begins at value %i, as in the table of Nair', (n, k) => {
    expect(rankInterval(n, 0.5)).toEqual({ lower: k, upper: n - k + 1 });
  });

  it.each([
    // The smallest samples whose maximum bounds a percentile with 95 %: Wilks' formula, 1 - p^n >= 0.95.
    { p: 0.9, needed: 29 },
    { p: 0.95, needed: 59 },
    { p: 0.99, needed: 299 },
  ])('needs $needed values for the $p percentile, as Wilks found', ({ p, needed }) => {
    expect(neededSamples(p)).toBe(needed);
    expect(rankInterval(needed - 1, p)).toBeUndefined();
    expect(rankInterval(needed, p)?.upper).toBe(needed);
  });

  it.each([
    { n: 0, p: 0.95 },
    { n: 100_000, p: 1 },
  ])('does not exist for $p of $n values', ({ n, p }) => {
    expect(rankInterval(n, p)).toBeUndefined();
  });

  it('has the tails that the binomial distribution gives, added up term by term', () => {
    for (const n of [59, 60, 71, 72, 100, 473, 2_000]) {
      for (const p of [0.5, 0.9, 0.95]) {
        const { lower, upper } = rankInterval(n, p)!;
        const below = tail(n, p, 0, lower - 1);
        const above = tail(n, p, upper, n);
        expect(below + above).toBeLessThanOrEqual(0.05);
        expect(tail(n, p, 0, lower)).toBeGreaterThan(0.05 - Math.max(0.025, p ** n));
        if (upper < n) expect(tail(n, p, upper - 1, n)).toBeGreaterThan(0.025);
      }
    }
  });

  it('is the normal approximation in a large sample', () => {
    const [n, p] = [1_000_000, 0.95];
    const half = 1.959964 * Math.sqrt(n * p * (1 - p));
    const { lower, upper } = rankInterval(n, p)!;
    expect(Math.abs(lower - (n * p - half))).toBeLessThan(3);
    expect(Math.abs(upper - (n * p + half))).toBeLessThan(3);
  });

  it('contains the true percentile in about 95 % of samples', () => {
    const random = seededRandom(1);
    const n = 400;
    const { lower, upper } = rankInterval(n, 0.95)!;
    const runs = 2_000;
    let contained = 0;
    for (let run = 0; run < runs; run++) {
      const sorted = Float64Array.from({ length: n }, random).sort();
      if (sorted[lower - 1]! <= 0.95 && 0.95 <= sorted[upper - 1]!) contained++;
    }
    expect(contained / runs).toBeGreaterThanOrEqual(0.945);
    expect(contained / runs).toBeLessThan(0.98);
  });
});

/** P(from <= B <= to), by logarithms of factorials: another way than the code takes. */
function tail(n: number, p: number, from: number, to: number): number {
  const logs = [0];
  for (let k = 1; k <= n; k++) logs.push(logs[k - 1]! + Math.log(k));
  let sum = 0;
  for (let k = from; k <= to; k++) {
    sum += Math.exp(logs[n]! - logs[k]! - logs[n - k]! + k * Math.log(p) + (n - k) * Math.log(1 - p));
  }
  return sum;
}
