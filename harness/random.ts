/**
 * Numbers in [0, 1), the same sequence for the same seed on every machine: sfc32 by Chris Doty-Humphrey
 * (PractRand, https://pracrand.sourceforge.net/), seeded as there with 64 bits, the first 12 outputs thrown away.
 *
 * @param seed an integer of at most 53 bits; other numbers are truncated.
 */
export function seededRandom(seed: number): () => number {
  const whole = Math.trunc(seed);
  let a = 0;
  let b = whole | 0;
  let c = Math.floor(whole / 2 ** 32) | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
