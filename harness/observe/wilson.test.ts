import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './wilson.ts';

describe('wilsonInterval', () => {
  it.each([
    // R. G. Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
    { successes: 81, n: 263, lower: 0.2553, upper: 0.3662 },
    { successes: 15, n: 148, lower: 0.0624, upper: 0.1605 },
    { successes: 0, n: 20, lower: 0, upper: 0.1611 },
    { successes: 1, n: 29, lower: 0.0061, upper: 0.1718 },
  ])('of $successes in $n is $lower to $upper, as Newcombe printed it', ({ successes, n, lower, upper }) => {
    const [low, high] = wilsonInterval(successes, n);
    expect(low).toBeCloseTo(lower, 4);
    expect(high).toBeCloseTo(upper, 4);
  });

  it('ends at exactly 0 and 1 when none or all succeeded', () => {
    for (const n of [1, 3, 7, 29, 1_000, 123_457]) {
      expect(wilsonInterval(0, n)[0]).toBe(0);
      expect(wilsonInterval(n, n)[1]).toBe(1);
    }
  });

  it('contains the ratio and mirrors itself', () => {
    for (const [successes, n] of [
      [1, 3],
      [50, 100],
      [999, 1_000],
    ] as const) {
      const [low, high] = wilsonInterval(successes, n);
      const [mirroredLow, mirroredHigh] = wilsonInterval(n - successes, n);
      expect(low).toBeLessThan(successes / n);
      expect(high).toBeGreaterThan(successes / n);
      expect(low).toBeCloseTo(1 - mirroredHigh, 12);
      expect(high).toBeCloseTo(1 - mirroredLow, 12);
    }
  });

  it.each([
    [0, 0],
    [-1, 10],
    [11, 10],
    [Number.NaN, 10],
  ])('refuses %d of %d', (successes, n) => {
    expect(() => wilsonInterval(successes, n)).toThrow(RangeError);
  });
});
