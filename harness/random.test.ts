import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';

const draw = (seed: number, count: number) => {
  const next = seededRandom(seed);
  return Array.from({ length: count }, () => next());
};

test('the same seed gives the same sequence, another seed another', () => {
  expect(draw(42, 100)).toEqual(draw(42, 100));
  expect(draw(42, 100)).not.toEqual(draw(43, 100));
  expect(draw(2 ** 40 + 1, 5)).not.toEqual(draw(1, 5));
});

test('the sequence never changes between versions', () => {
  expect(draw(1, 4).map((it) => it * 2 ** 32)).toEqual([2012149540, 1872316204, 1707632675, 1779833415]);
});

test('values are in [0, 1) and spread evenly', () => {
  const values = draw(7, 100_000);
  const tenths = new Array<number>(10).fill(0);
  for (const value of values) tenths[Math.floor(value * 10)]!++;
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  // Chi-square with 9 degrees of freedom: 27.9 is passed by chance once in a thousand seeds; the seed is fixed.
  const chiSquare = tenths.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chiSquare).toBeLessThan(27.9);
});
