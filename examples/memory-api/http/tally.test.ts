import { expect, it } from 'vitest';
import { Tally } from './tally.ts';

it('says once per window and subject that there were too many', () => {
  let nowMs = 1;
  const tally = new Tally({ times: 3, windowMs: 1000 }, () => nowMs);
  const at = (ms: number, subject = 'a') => {
    nowMs = ms;
    return tally.reached(subject);
  };
  expect([at(1), at(2), at(3), at(4), at(500, 'b')]).toEqual([false, false, true, false, false]);
  expect([at(1200), at(1300), at(1400)], 'a window later').toEqual([false, false, true]);
});
