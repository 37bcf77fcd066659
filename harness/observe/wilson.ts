/** Two-sided 95 %: the 97.5th percentile of the standard normal distribution. */
const z95 = 1.959963984540054;

/**
 * Wilson's score interval (95 %, without continuity correction) for a ratio of `successes` in `n` (Wilson, 1927;
 * method 3 of Newcombe, 1998). Unlike the plain normal interval it stays within 0..1 and has a width at 0 and 1.
 * @throws RangeError unless 0 <= successes <= n and n >= 1
 */
export function wilsonInterval(successes: number, n: number): [number, number] {
  if (!(n >= 1 && successes >= 0 && successes <= n)) {
    throw new RangeError(`A ratio needs 0 <= successes <= n and n >= 1, got ${successes} of ${n}.`);
  }
  const ratio = successes / n;
  const square = z95 * z95;
  const middle = 2 * successes + square;
  const half = z95 * Math.sqrt(square + 4 * successes * (1 - ratio));
  const whole = 2 * (n + square);
  // The exact ends are 0 and 1 there; the formula misses them by a rounding error.
  const lower = successes === 0 ? 0 : (middle - half) / whole;
  const upper = successes === n ? 1 : (middle + half) / whole;
  return [lower, upper];
}
