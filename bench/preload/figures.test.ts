import { expect, it } from 'vitest';
import { shareOf } from './figures.ts';

const recorded = { spansPerRequest: 3, linesPerRequest: 1, spansOnce: 10 };

it.each([
  ['everything', { spans: 310, lines: 100 }, 1],
  ['more than was seen before', { spans: 312, lines: 100 }, 1],
  ['as many spans lost as the start makes', { spans: 300, lines: 100 }, 400 / 410],
  ['a lost line', { spans: 310, lines: 99 }, 409 / 410],
  ['spans more do not stand for a lost line', { spans: 311, lines: 99 }, 409 / 410],
  ['nothing', { spans: 0, lines: 0 }, 0],
])('the share of what 100 requests and the start made: %s', (_, arrived, share) => {
  expect(shareOf(recorded, 100, arrived)).toBe(share);
});

it('is 0 of nothing', () => {
  const nothing = { spansPerRequest: 0, linesPerRequest: 0, spansOnce: 0 };
  expect(shareOf(nothing, 100, { spans: 0, lines: 0 })).toBe(0);
});
