import { expect, it } from 'vitest';
import { slopePerMinute } from './slope.ts';

it.each([
  ['level', [5, 5, 5, 5], 0],
  ['2 a minute', [0, 1, 2, 3], 2],
  ['falling', [3, 2, 1, 0], -2],
  ['a saw without a slope', [0, 4, 4, 0], 0],
])('%s', (_, values, slope) => {
  const samples = values.map((value, at) => ({ atMs: 1e12 + at * 30_000, value }));
  expect(slopePerMinute(samples)).toBeCloseTo(slope, 6);
});
