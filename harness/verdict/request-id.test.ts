import { describe, expect, it } from 'vitest';
import { at, change, healthyJournal, inside } from '../observe/fixtures/journal.ts';
import { judged } from './fixtures/judged.ts';

const healthy = healthyJournal();
const firstChecks = (count: number, by: 'wrong' | 'missing' | 'misnamed') => {
  let left = count;
  return change(healthy, 'check', (it) => {
    if (!inside('recovery', it) || left-- <= 0) return it;
    if (by === 'missing') return undefined;
    return by === 'wrong' ? { ...it, ok: false } : { ...it, name: 'other' };
  });
};

describe('judgeRequestId', () => {
  it.each([
    { what: 'every id right', entries: healthy, expected: { outcome: 'met', observed: 1, interval: [1, 1] } },
    {
      what: 'one id wrong',
      entries: firstChecks(1, 'wrong'),
      expected: { outcome: 'violated', detail: '1 answer without it' },
    },
    { what: 'ten answers unchecked', entries: firstChecks(10, 'missing'), expected: { outcome: 'met' } },
    {
      what: 'forty answers unchecked',
      entries: firstChecks(40, 'missing'),
      expected: {
        outcome: 'inconclusive',
        reason: expect.stringContaining('for 1200 answers, at most 1 % apart allowed'),
      },
    },
    {
      what: 'no check of that name',
      entries: firstChecks(2_000, 'misnamed'),
      expected: {
        outcome: 'inconclusive',
        reason: 'no answer was checked: k6 has no check "request id" here',
      },
    },
  ])('with $what', ({ entries, expected }) => {
    expect(judged(entries, 'request-id', 'recovery')).toMatchObject(expected);
    expect(judged(entries, 'request-id', 'baseline').outcome).toBe('met');
  });

  it('does not hold requests against it that were answered in the next phase', () => {
    const slowMs = 1_500;
    const late = change(healthy, 'request', (it) => ({ ...it, durationMs: slowMs }));
    const lateChecks = change(late, 'check', (it, index) => ({
      ...it,
      atMs: at.warmup + index * 10 + slowMs,
    }));
    expect(judged(lateChecks, 'request-id', 'fault').outcome).toBe('met');
  });

  it('wants no check for a request without an answer', () => {
    const isFirstHalf = (index: number) => index >= 1_300 && index < 1_700;
    const unanswered = change(healthy, 'request', (it, i) => (isFirstHalf(i) ? { ...it, status: 0 } : it));
    const unchecked = change(unanswered, 'check', (it, i) => (isFirstHalf(i) ? undefined : it));
    expect(judged(unchecked, 'request-id', 'fault')).toMatchObject({ outcome: 'met', samples: 400 });
  });
});
