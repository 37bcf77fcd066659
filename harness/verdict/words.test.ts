import { expect, it } from 'vitest';
import { counted, duration, listed, percent, quantity } from './words.ts';

it.each([
  [percent(0.01), '1 %'],
  [percent(0.005), '0.5 %'],
  [percent(0.123456), '12.35 %'],
  [duration(0), '0 ms'],
  [duration(199.96), '200 ms'],
  [duration(2_000), '2 s'],
  [duration(1_234), '1.23 s'],
  [duration(Infinity), 'no end'],
  [quantity(3, 'count'), '3'],
  [quantity(0.5, 'ratio'), '50 %'],
  [counted(1, 'sample'), '1 sample'],
  [counted(0, 'sample'), '0 samples'],
  [listed([]), 'none'],
  [listed(['a', 'b']), 'a, b'],
  [listed(['a', 'b', 'c', 'd', 'e', 'f', 'g']), 'a, b, c, d, e and 2 more'],
])('says %s', (said, expected) => {
  expect(said).toBe(expected);
});
