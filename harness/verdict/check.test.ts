import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, change, inside } from '../observe/fixtures/journal.ts';
import { journalFor, judged } from './fixtures/judged.ts';

const check = 'request id';
const journal = journalFor([{ kind: 'check', check, min: 0.9, phases: ['recovery'] }]);
const failing = (count: number): Entry[] => {
  let left = count;
  return change(journal, 'check', (it) => (inside('recovery', it) && left-- > 0 ? { ...it, ok: false } : it));
};

describe('judgeCheck', () => {
  it.each([
    {
      what: 'all of 1,200 holding',
      entries: journal,
      expected: { outcome: 'met', observed: 1, samples: 1200 },
    },
    { what: 'one in twenty failing', entries: failing(60), expected: { outcome: 'met', observed: 0.95 } },
    {
      what: 'one in five failing',
      entries: failing(240),
      expected: { outcome: 'violated', observed: 0.8, detail: '240 checks did not hold' },
    },
    {
      what: 'one in ten failing',
      entries: failing(120),
      expected: { outcome: 'inconclusive', reason: expect.stringContaining('lies within the 95 % interval') },
    },
    {
      what: 'none in the phase',
      entries: change(journal, 'check', (it) => (inside('recovery', it) ? undefined : it)),
      expected: { outcome: 'inconclusive', reason: 'it was not made in this phase' },
    },
    {
      what: 'none of that name',
      entries: change(journal, 'check', (it) => ({ ...it, name: 'other' })),
      expected: {
        outcome: 'inconclusive',
        reason: 'k6 made no check "request id"; those that it made: other',
      },
    },
    {
      what: 'one in five failing in a phase that was broken off',
      entries: failing(240).filter((it) => it.atMs < at.recovery + 6_000),
      expected: { outcome: 'inconclusive', reason: expect.stringContaining('recovery was broken off') },
    },
  ])('with $what', ({ entries, expected }) => {
    expect(judged(entries, 'check', 'recovery')).toMatchObject(expected);
  });
});
