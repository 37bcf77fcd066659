import { expect, it } from 'vitest';
import { Patience } from './patience.ts';

it('counts what was waited for', () => {
  const patience = new Patience(12);
  expect([5, 5, 5, 5].map((ms) => patience.wait(ms))).toEqual([true, true, true, false]);
  expect(patience.leftMs).toBe(0);
});

it('and not what the time was otherwise used for', () => {
  const patience = new Patience(12);
  patience.wait(5);
  for (const untilMs = performance.now() + 50; performance.now() < untilMs; );
  expect(patience.leftMs).toBe(7);
});
