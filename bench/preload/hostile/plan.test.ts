import { expect, it } from 'vitest';
import { readHostilePlan } from './plan.ts';

const minuteMs = 60_000;

it.each([
  ['as told', ['--minutes', '10'], 10],
  ['ten minutes where nothing is said', [], 10],
  ['however few they are', ['--minutes', '3', '--modes', '500,refused'], 3],
])('the modes have all of the minutes, in which the heap is watched: %s', (_, args, minutes) => {
  const { modes, onMs, offMs } = readHostilePlan(args);
  expect(modes.length * (onMs + offMs)).toBeCloseTo(minutes * minuteMs, 3);
});

it('Loki is away for the full minute that may lose nothing', () => {
  expect(readHostilePlan(['--minutes', '10']).lokiOutageMs).toBe(minuteMs);
});

it.each([
  [['--minutes', 'soon'], '--minutes: expected a number above 0, got soon'],
  [['--modes', '500,rude'], 'got rude'],
])('%j is not understood', (args, sentence) => {
  expect(() => readHostilePlan(args)).toThrow(sentence);
});
