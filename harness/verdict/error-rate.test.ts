import { describe, expect, it } from 'vitest';
import { change, healthyJournal, inside } from '../observe/fixtures/journal.ts';
import { journalFor, judged } from './fixtures/judged.ts';

function failing(count: number, status: number, entries = healthyJournal()) {
  let left = count;
  return change(entries, 'request', (it) => (inside('baseline', it) && left-- > 0 ? { ...it, status } : it));
}

describe('judgeErrorRate', () => {
  it.each([
    { count: 0, status: 500, outcome: 'met' },
    // Wilson at n = 800: 2 failures end at 0.91 %, 3 at 1.1 %, 15 begin at 1.14 %.
    { count: 2, status: 500, outcome: 'met' },
    { count: 3, status: 500, outcome: 'inconclusive' },
    { count: 15, status: 500, outcome: 'violated' },
    { count: 15, status: 404, outcome: 'violated' },
    { count: 15, status: 0, outcome: 'violated' },
    { count: 15, status: 399, outcome: 'met' },
    { count: 800, status: 503, outcome: 'violated' },
  ])('with $count of 800 answered $status: $outcome', ({ count, status, outcome }) => {
    expect(judged(failing(count, status), 'error-rate', 'baseline')).toMatchObject({ outcome, samples: 800 });
  });

  it.each([
    { count: 0, outcome: 'met' },
    { count: 1, outcome: 'violated' },
  ])('counts when none may fail: $count is $outcome', ({ count, outcome }) => {
    const entries = journalFor([{ kind: 'error-rate', max: 0, phases: ['baseline'] }]);
    const observed = count / 800;
    expect(judged(failing(count, 500, entries), 'error-rate')).toMatchObject({
      outcome,
      interval: [observed, observed],
    });
  });

  it('says which failures it saw', () => {
    expect(judged(failing(3, 0, failing(20, 503)), 'error-rate', 'baseline')).toMatchObject({
      detail: '503 × 17, no answer × 3',
    });
  });

  it('is not met by a phase without requests', () => {
    const silent = change(healthyJournal(), 'request', (it) => (inside('baseline', it) ? undefined : it));
    expect(judged(silent, 'error-rate', 'baseline')).toMatchObject({
      outcome: 'inconclusive',
      reason: 'no request was sent in this phase',
    });
  });
});
